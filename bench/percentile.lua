-- The last line of wrk's output: good answers a second, and the 95th percentile in milliseconds.
done = function(summary, latency, requests)
  local good = summary.requests - summary.errors.status - summary.errors.timeout
  io.write(string.format("%.0f %.1f\n", good / (summary.duration / 1e6), latency:percentile(95) / 1e3))
end
