-- A mixed load for wrk: each request is one line of the file named by REQUESTS (method, path, body; tabs between), picked
-- with the same seed in every run. Its last line: good answers a second, failed ones, then p50, p95 and p99 in ms.
local lines = {}
for line in io.lines(os.getenv("REQUESTS")) do
  local method, path, body = line:match("^(%S+)\t(%S+)\t?(.*)$")
  local headers = { Accept = "application/sparql-results+json, application/json;q=0.9" }
  if body ~= "" then headers["Content-Type"] = "application/x-www-form-urlencoded" end
  lines[#lines + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
end
math.randomseed(7)

request = function() return lines[math.random(#lines)] end

done = function(summary, latency, requests)
  local failed = summary.errors.status + summary.errors.timeout + summary.errors.read + summary.errors.connect
  local good = summary.requests - summary.errors.status
  io.write(string.format("%.0f %d %.1f %.1f %.1f\n", good / (summary.duration / 1e6), failed,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3))
end
