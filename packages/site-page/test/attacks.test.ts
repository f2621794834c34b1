import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ActionRefused } from "../src/index.ts";
import { servePage } from "./demo-site.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const JSON_TYPE = { "content-type": "application/json" };

async function site() {
  const done: unknown[] = [];
  const served = await servePage({
    token: TOKEN,
    names: ["monitor.example"],
    actions: {
      purge: (values) => {
        done.push(values);
        return `dropped 3 jobs of ${values.queue}`;
      },
      drain: () => {
        throw new ActionRefused("no such worker");
      },
    },
  });
  onTestFinished(() => {
    served.page.close();
    served.endpoint.close();
  });
  return { ...served, done };
}

/** `node:http`, since fetch sets host and origin itself. */
async function ask(
  port: number,
  {
    path = "/api/site",
    method = "GET",
    headers = {},
    body = "",
  }: Partial<Record<"path" | "method" | "body", string>> & {
    headers?: Record<string, string>;
  },
): Promise<{ status: number; text: string; headers: NodeJS.Dict<string | string[]> }> {
  const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false });
  asked.end(body);
  const [response] = await once(asked, "response");
  let text = "";
  for await (const part of response) text += part;
  return { status: response.statusCode, text, headers: response.headers };
}

const purge = JSON.stringify({ action: "purge", queue: "service" });
const act = (headers: Record<string, string>, body = purge, method = "POST") => ({
  ...{ path: "/api/actions", method, headers, body },
});
const allowed = { ...JSON_TYPE, authorization: `Bearer ${TOKEN}` };

test("DNS rebinding: only addresses, localhost and given names are answered", async () => {
  const { endpoint } = await site();
  const statusFor = async (host: string, path = "/api/site") =>
    (await ask(endpoint.port, { path, headers: { host } })).status;
  for (const host of ["127.0.0.1", "127.0.0.1:1", "[::1]:9418", "localhost:9418", "MONITOR.example"])
    expect(await statusFor(host), host).toBe(200);
  for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "a b"])
    for (const path of ["/", "/api/site", "/api/events", "/page.js"])
      expect(await statusFor(host, path), host).toBe(421);
  const refused = await ask(endpoint.port, act({ ...allowed, host: "evil.example" }));
  expect(refused.status).toBe(421);
});

test.for([
  ...["/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/page.js", "//page.js", "/api/site/", "/./"],
  ...[
    "/__proto__",
    "/constructor",
    "/toString",
    "/api/%00",
    "/page.js%00",
    "/api\\site",
    "/<script>alert(1)</script>",
  ],
])("path tricks: %s is nothing", async (path) => {
  const { endpoint } = await site();
  const { status, text } = await ask(endpoint.port, { path });
  expect(status).toBe(404);
  expect(text).not.toContain("alert");
});

test("an endless URL or head is refused, others are served meanwhile", async () => {
  const { endpoint, url } = await site();
  expect((await ask(endpoint.port, { path: `/?${"a".repeat(60_000)}` })).status).toBe(431);
  const endless = connect(endpoint.port, "127.0.0.1").on("error", () => undefined);
  endless.write(`GET / HTTP/1.1\r\nx: ${"a".repeat(100_000)}`);
  expect((await fetch(`${url}api/site`)).status).toBe(200);
  if (!endless.destroyed) await once(endless.resume(), "close");
});

test("an action needs the token; a wrong one of any length is refused and logged without itself", async () => {
  const { endpoint, done, lines } = await site();
  const wrong = [
    "",
    "Bearer",
    "Bearer x",
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Basic ${TOKEN}`,
    TOKEN,
  ];
  for (const authorization of wrong)
    expect((await ask(endpoint.port, act({ ...JSON_TYPE, authorization }))).status, authorization).toBe(401);
  expect((await ask(endpoint.port, act({ ...JSON_TYPE, cookie: `token=${TOKEN}` }))).status).toBe(401);
  expect(done).toEqual([]);
  expect(lines).toHaveLength(wrong.length + 1);
  expect(lines.join("\n")).not.toContain(TOKEN.slice(1, 20));
  expect((await ask(endpoint.port, act(allowed))).status).toBe(200);
  expect(done).toEqual([{ queue: "service" }]);
});

test("CSRF: a foreign page cannot act, not even with the token", async () => {
  const { endpoint, done, url } = await site();
  const foreign: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: `${url.slice(0, -1)}.evil.example` },
  ];
  for (const headers of foreign)
    expect((await ask(endpoint.port, act({ ...allowed, ...headers }))).status, JSON.stringify(headers)).toBe(
      403,
    );
  const form = { ...allowed, "content-type": "text/plain" };
  expect((await ask(endpoint.port, act(form))).status).toBe(415);
  for (const method of ["GET", "OPTIONS", "PUT"]) {
    const { status, headers } = await ask(
      endpoint.port,
      act({ ...allowed, origin: "https://evil.example" }, "", method),
    );
    expect(status).toBe(405);
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  }
  expect(done).toEqual([]);
  const own = { ...allowed, origin: url.slice(0, -1), "sec-fetch-site": "same-origin" };
  expect((await ask(endpoint.port, act(own))).status).toBe(200);
  const proxied = { ...allowed, origin: "https://monitor.example" };
  expect((await ask(endpoint.port, act(proxied))).status).toBe(200);
});

test("bodies that are no action", async () => {
  const { endpoint, done } = await site();
  const statusOf = async (body: string) => (await ask(endpoint.port, act(allowed, body))).status;
  for (const body of ["", "[]", "null", "7", "{", '{"action":["purge"]}', `{"action":"purge","queue":{}}`])
    expect(await statusOf(body), body).toBe(400);
  for (const action of ["", "constructor", "__proto__", "toString", "nothing"])
    expect(await statusOf(JSON.stringify({ action })), action).toBe(404);
  expect(await statusOf(JSON.stringify({ action: "purge", queue: "q".repeat(513) }))).toBe(400);
  expect(await statusOf(`{"action":"${"a".repeat(1_000_000)}"}`)).toBe(400);
  expect(done).toEqual([]);
});

test("each action is logged with who and what, in one line", async () => {
  const { endpoint, lines } = await site();
  const queue = "a\nFAKE LINE\u001b[31m";
  await ask(
    endpoint.port,
    act({ ...allowed, "x-remote-user": "anna" }, JSON.stringify({ action: "purge", queue })),
  );
  const failed = await ask(endpoint.port, act(allowed, JSON.stringify({ action: "drain", worker: "w9" })));
  expect([failed.status, failed.text]).toEqual([409, "no such worker\n"]);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^page: 127\.0\.0\.1 \(x-remote-user anna\): purge \{"queue":"a\\nFAKE LINE/);
  expect(lines[1]).toBe('page: 127.0.0.1: drain {"worker":"w9"} failed: no such worker');
  for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u);
});

test("without a token nothing can be done, and the page says so", async () => {
  const served = await servePage({ actions: { purge: () => "done" } });
  onTestFinished(() => {
    served.page.close();
    served.endpoint.close();
  });
  const { status } = await ask(served.endpoint.port, act({ ...JSON_TYPE, authorization: "Bearer " }));
  expect(status).toBe(403);
  const snapshot = JSON.parse((await ask(served.endpoint.port, {})).text);
  expect(snapshot.can).toEqual({ checks: false, actions: [] });
});

test("nothing of the page is fetched from elsewhere, run inline or framed; all of it is at most 60 kB", async () => {
  const { endpoint } = await site();
  let bytes = 0;
  for (const path of ["/", "/page.css", "/page.js", "/icon.svg"]) {
    const { headers, text } = await ask(endpoint.port, { path, headers: { "accept-encoding": "gzip" } });
    bytes += Buffer.byteLength(text);
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'/,
    );
    expect(headers["content-security-policy"]).not.toMatch(/unsafe|http|\*/);
    expect(headers["x-frame-options"]).toBe("DENY");
    expect(headers["x-content-type-options"]).toBe("nosniff");
  }
  expect(bytes).toBeLessThan(60_000);
  const html = (await ask(endpoint.port, { path: "/" })).text;
  expect(html).not.toMatch(/<script(?![^>]*src=)|<style|style=|\son\w+=|(?:src|href)="(?:\/|http)/);
});
