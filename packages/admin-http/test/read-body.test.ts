import { expect, onTestFinished, test } from "vitest";
import { serveAdmin } from "../src/endpoint.ts";
import { readBody } from "../src/read-body.ts";

test.for([
  [8, "8 bytes"],
  [9, "too long"],
  [100_000, "too long"],
] as const)("a body of %i bytes where 8 are allowed: %s", async ([length, said]) => {
  const endpoint = await serveAdmin(
    "0",
    {
      "/": {
        methods: ["POST"],
        serve: async (request, response) => {
          const body = await readBody(request, 8);
          response.setHeader("connection", "close");
          response.end(body === undefined ? "too long" : `${body.length} bytes`);
        },
      },
    },
    "127.0.0.1",
  );
  onTestFinished(() => endpoint.close());
  const answer = await fetch(`http://127.0.0.1:${endpoint.port}/`, {
    method: "POST",
    body: "x".repeat(length),
  });
  expect(await answer.text()).toBe(said);
});
