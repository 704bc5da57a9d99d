// Runs a query without leaving the page and shows the answer as a table; the form works the same without it.
"use strict";

const form = document.getElementById("editor");
const query = document.getElementById("query");
const format = document.getElementById("format");
const status = document.getElementById("status");
const result = document.getElementById("result");
const permalink = document.getElementById("permalink");
const words = form.dataset;

function element(name, text, attributes = {}) {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function cell(term) {
  const node = element("td");
  if (!term) return node;
  if (term.type === "uri" && /^https?:/.test(term.value)) {
    node.append(element("a", term.value, { href: words.resource + encodeURIComponent(term.value) }));
  } else if (term["xml:lang"]) {
    node.append(element("span", term.value, { lang: term["xml:lang"] }), " ", element("span", term["xml:lang"], { class: "code" }));
  } else {
    node.textContent = term.value;
  }
  return node;
}

function table(answer) {
  const head = element("tr");
  head.append(...answer.head.vars.map((name) => element("th", name, { scope: "col" })));
  const body = element("tbody");
  for (const row of answer.results.bindings) {
    const line = element("tr");
    line.append(...answer.head.vars.map((name) => cell(row[name])));
    body.append(line);
  }
  const top = element("thead");
  top.append(head);
  const whole = element("table");
  whole.append(top, body);
  return whole;
}

function show(text, type) {
  if (type.startsWith("application/sparql-results+json")) {
    const answer = JSON.parse(text);
    if ("boolean" in answer) {
      status.textContent = answer.boolean ? words.yes : words.no;
      return;
    }
    status.textContent = words.rows.replace("{count}", answer.results.bindings.length);
    result.replaceChildren(table(answer));
  } else {
    status.textContent = "";
    result.replaceChildren(element("pre", text));
  }
}

async function run() {
  status.textContent = words.running;
  result.replaceChildren();
  try {
    const answer = await fetch(words.endpoint, {
      method: "POST",
      headers: { Accept: "application/sparql-results+json, text/turtle;q=0.9" },
      body: new URLSearchParams({ query: query.value }),
    });
    const text = await answer.text();
    if (answer.ok) return show(text, answer.headers.get("Content-Type") || "");
    let reason = answer.statusText;
    try {
      const problem = JSON.parse(text);
      reason = problem.detail || problem.title || reason;
    } catch {
      // not a problem document: the status line has to do
    }
    status.textContent = `${words.failed}: ${reason}`;
  } catch (error) {
    status.textContent = `${words.failed}: ${error.message}`;
  }
}

function remember() {
  permalink.href = `#query=${encodeURIComponent(query.value)}`;
}

form.addEventListener("submit", (event) => {
  if (format.value !== "html") return;
  event.preventDefault();
  run();
});

query.addEventListener("input", remember);
query.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});

const tabs = [...document.querySelectorAll("[data-query]")];
for (const tab of tabs) {
  tab.addEventListener("click", (event) => {
    event.preventDefault();
    for (const other of tabs) other.removeAttribute("aria-current");
    tab.setAttribute("aria-current", "true");
    query.value = tab.dataset.query;
    remember();
    query.focus();
  });
}

const given = new URLSearchParams(location.hash.slice(1)).get("query");
if (given) query.value = given;
permalink.hidden = false;
document.getElementById("shortcut").hidden = false;
remember();
