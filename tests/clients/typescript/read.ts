// Reads a running service by the types that openapi-typescript makes of its OpenAPI document; `tsc --strict` checks it.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Thing = components["schemas"]["Thing"];

const client = createClient<paths>({ baseUrl: process.argv[2] ?? "" });

const names = (things: Thing[] | undefined): string[] => (things ?? []).map((thing) => thing.id);

async function main(): Promise<void> {
  const record = await client.GET("/api/v1/credentials/{key}", { params: { path: { key: "course" } } });
  const page = await client.GET("/api/v1/credentials", { params: { query: { limit: 5, lang: "en" } } });
  const refused = await client.GET("/api/v1/skills", { params: { query: { limit: 0 } } });
  if (record.data === undefined || page.data === undefined || refused.error === undefined) {
    throw new Error("an answer is missing");
  }
  if (typeof page.data === "string" || typeof record.data === "string") {
    throw new Error("an answer is no JSON"); // it could be CSV or Turtle, had those been asked for
  }
  const course = record.data as components["schemas"]["Record"];
  const ects: number | undefined = course.ects;
  const first = page.data.items[0];
  console.log(
    JSON.stringify({
      id: course.id,
      title: course.title?.["en"],
      language: names(course.language),
      ects,
      total: page.data.total,
      provider: first?.provider?.id,
      refused: refused.error.status,
    }),
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
