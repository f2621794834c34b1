import { expect, onTestFinished, test } from "vitest";
import { type AdminRoutes, askPage, fetchPage, listenerUrl, reply, serveAdmin } from "../src/index.ts";

async function serve(routes: AdminRoutes): Promise<string> {
  const endpoint = await serveAdmin("0", routes, "127.0.0.1");
  onTestFinished(() => endpoint.close());
  return listenerUrl(String(endpoint.port));
}

test.for([
  ["9419", "http://127.0.0.1:9419/"],
  ["mon1:9418", "http://mon1:9418/"],
  ["[::1]:9418", "http://[::1]:9418/"],
  ["0.0.0.0:9418", "http://127.0.0.1:9418/"],
  ["*:9418", "http://127.0.0.1:9418/"],
] as const)("a listener at %s is reached at %s", ([address, url]) => expect(listenerUrl(address)).toBe(url));

test("a text that is no address throws", () => expect(() => listenerUrl("nowhere")).toThrow(RangeError));

test("a page is fetched, a POST has its body and headers", async () => {
  const url = await serve({
    "/a": { serve: (_request, response) => reply(response, 200, "text/plain", "fine") },
    "/b": {
      methods: ["POST"],
      serve: async (request, response) => {
        let body = "";
        for await (const part of request) body += part;
        reply(response, 418, "text/x", `${request.headers["x-who"]} ${body}`);
      },
    },
  });
  expect(await fetchPage(`${url}a`, 60_000)).toBe("fine");
  await expect(fetchPage(`${url}none`, 60_000)).rejects.toThrow("it answers with status 404");
  const question = { timeoutMs: 60_000, body: "hello", headers: { "x-who": "me" } };
  expect(await askPage(`${url}b`, question)).toEqual({
    status: 418,
    contentType: "text/x",
    text: "me hello",
    bytes: Buffer.from("me hello"),
  });
});

test("an answer that is too long, or does not come, is an error", async () => {
  const url = await serve({
    "/long": { serve: (_request, response) => reply(response, 200, "text/plain", "x".repeat(1001)) },
    "/silent": { serve: () => undefined },
  });
  await expect(askPage(`${url}long`, { timeoutMs: 60_000, maxBytes: 1000 })).rejects.toThrow("too long");
  await expect(askPage(`${url}silent`, { timeoutMs: 1 })).rejects.toThrow("no answer in 0.001 s");
  await expect(fetchPage("http://127.0.0.1:1/", 60_000)).rejects.toThrow(/ECONNREFUSED/);
});
