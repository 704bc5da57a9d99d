// Asks endpoints through Comunica. Reads a JSON list of {"sources": […], "query": "…"} on standard input and prints a
// JSON list of {"boolean": …}, {"bindings": [{name: term}]}, {"quads": [[subject, predicate, object]]} or {"error": "…"}.
import { QueryEngine } from "@comunica/query-sparql";

const engine = new QueryEngine();
const read = (term) => ({ value: term.value, language: term.language || "", datatype: term.datatype?.value || "" });

async function ask({ sources, query }) {
  const result = await engine.query(query, { sources });
  if (result.resultType === "boolean") return { boolean: await result.execute() };
  const found = await (await result.execute()).toArray();
  if (result.resultType === "quads") {
    return { quads: found.map((quad) => [quad.subject.value, quad.predicate.value, quad.object.value]) };
  }
  return { bindings: found.map((row) => Object.fromEntries([...row].map(([name, term]) => [name.value, read(term)]))) };
}

let text = "";
for await (const chunk of process.stdin) text += chunk;
const answers = [];
for (const job of JSON.parse(text)) {
  answers.push(await ask(job).catch((error) => ({ error: String(error.message) })));
}
console.log(JSON.stringify(answers));
