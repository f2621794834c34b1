import type { ServerResponse } from "node:http";
import { serveAdmin } from "@mod-gearman/admin-http";
import { expect, onTestFinished, test } from "vitest";
import { SignatureCheck, signRequest } from "../src/http/signed-request.ts";
import { QUEUE_ACTIONS, type SitePageOptions, type SiteSnapshot } from "../src/index.ts";
import { servePage } from "./demo-site.ts";
import { queue, server } from "./parts.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";

async function serve(more: Partial<SitePageOptions>) {
  const served = await servePage(more);
  onTestFinished(() => {
    served.page.close();
    served.endpoint.close();
  });
  return served;
}

/** Two programs, the second of which is shown by the first. */
async function twoPages({ there = TOKEN, here = TOKEN }: { there?: string | null; here?: string } = {}) {
  const done: unknown[] = [];
  const perform = (values: object) => {
    done.push(values);
    return { text: "2 jobs were shown", data: { jobs: ["sealed text"] } };
  };
  const other = await serve({
    token: there ?? undefined,
    actions: { pause: (values) => `paused ${done.push(values)}`, peek: perform },
    read: () => ({
      servers: [server("mon2:4730", { actions: QUEUE_ACTIONS, queues: [queue("q", { waiting: 1 })] })],
    }),
  });
  const name = `127.0.0.1:${other.endpoint.port}`;
  const own = await serve({ token: here, actions: { pause: () => "here" }, others: [name] });
  const act = async (values: object, token = here) => {
    const response = await fetch(`${own.url}api/actions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${token}`,
        "x-remote-user": "anna",
      },
      body: JSON.stringify(values),
    });
    return { status: response.status, text: (await response.text()).trim() };
  };
  return { name, own, other, done, act };
}

test("an action on a server of another page is done there, under its own name, and logged at both", async () => {
  const { name, own, other, done, act } = await twoPages();
  const { servers } = (await (await fetch(`${own.url}api/site`)).json()) as SiteSnapshot;
  expect(servers.find((one) => one.name === name)?.actions).toEqual(["pause", "peek"]);
  expect(await act({ action: "pause", server: name, queue: "q" })).toEqual({ status: 200, text: "paused 1" });
  expect(done).toEqual([{ server: "mon2:4730", queue: "q" }]);
  expect(own.lines.at(-1)).toMatch(/^page: 127\.0\.0\.1 \(x-remote-user anna\): pause .*: paused 1$/);
  expect(other.lines.at(-1)).toMatch(
    /^page: 127\.0\.0\.1 \(x-remote-user anna, x-forwarded-for 127\.0\.0\.1\): pause/,
  );
  for (const line of [...own.lines, ...other.lines]) expect(line).not.toContain(TOKEN);
});

test("data go to the viewer and to no log", async () => {
  const { name, own, other, act } = await twoPages();
  expect(await act({ action: "peek", server: name, queue: "q" })).toEqual({
    status: 200,
    text: '{"jobs":["sealed text"]}',
  });
  for (const { lines } of [own, other]) {
    expect(lines.at(-1)).toMatch(/peek/);
    expect(lines.join("\n")).not.toContain("sealed text");
  }
});

test("nothing is forwarded without the right token, or where the other page has another one or none", async () => {
  const pages = await twoPages();
  expect((await pages.act({ action: "pause", server: pages.name, queue: "q" }, "wrong")).status).toBe(401);
  expect(pages.done).toEqual([]);
  const different = await twoPages({ there: `${TOKEN}x` });
  const refused = await different.act({ action: "pause", server: different.name, queue: "q" });
  expect(refused).toEqual({ status: 401, text: "the token of the page that asks is another one" });
  expect(different.own.lines.at(-1)).toContain("failed: the token of the page that asks is another one");
  const none = await twoPages({ there: null });
  expect((await none.act({ action: "pause", server: none.name, queue: "q" })).status).toBe(403);
  const { servers } = (await (await fetch(`${none.own.url}api/site`)).json()) as SiteSnapshot;
  expect(servers.find(({ name }) => name === none.name)?.actions).toEqual([]);
});

test("a check is run by a bridge that is shown here, also if it has not one job server", async () => {
  const done: unknown[] = [];
  const more = { hasChecks: true, actions: { run: (values: object) => `asked ${done.push(values)}` } };
  const bridge = await serve({ token: TOKEN, ...more, read: () => ({ servers: [] }) });
  const name = `127.0.0.1:${bridge.endpoint.port}`;
  const own = await serve({ token: TOKEN, actions: { pause: () => "here" }, others: [name] });
  const { can } = (await (await fetch(`${own.url}api/site`)).json()) as SiteSnapshot;
  expect(can).toEqual({ checks: false, actions: ["pause"], runAt: [name] });
  const response = await fetch(`${own.url}api/actions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ action: "run", server: name, host: "web", service: "ping" }),
  });
  expect([response.status, (await response.text()).trim()]).toEqual([200, "asked 1"]);
  expect(done).toEqual([{ host: "web", service: "ping" }]);
  const without = await serve({ others: [name] });
  const looked = (await (await fetch(`${without.url}api/site`)).json()) as SiteSnapshot;
  expect(looked.can).toEqual({ checks: false, actions: [] });
});

test("nothing is forwarded to a page of several job servers, which have one name here", async () => {
  const done: unknown[] = [];
  const other = await serve({
    token: TOKEN,
    actions: { purge: (values) => `${done.push(values)}` },
    read: () => ({ servers: ["a:1", "b:2"].map((name) => server(name, { actions: QUEUE_ACTIONS })) }),
  });
  const name = `127.0.0.1:${other.endpoint.port}`;
  const own = await serve({ token: TOKEN, actions: { purge: () => "here" }, others: [name] });
  const { servers } = (await (await fetch(`${own.url}api/site`)).json()) as SiteSnapshot;
  expect(servers.filter((one) => one.name === name).map(({ actions }) => actions)).toEqual([[], []]);
  const response = await fetch(`${own.url}api/actions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ action: "purge", server: name, queue: "q" }),
  });
  expect([response.status, done]).toEqual([502, []]);
});

test("a page that is away is said", async () => {
  const own = await serve({ token: TOKEN, actions: { pause: () => "here" }, others: ["127.0.0.1:1"] });
  const response = await fetch(`${own.url}api/actions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ action: "pause", server: "127.0.0.1:1", queue: "q" }),
  });
  expect(response.status).toBe(502);
  expect(await response.text()).toContain("ECONNREFUSED");
});

test("a signature is good once, for its body, at its receiver, for a minute", () => {
  let nowMs = 1_000_000_000;
  const clock = { wallMs: () => nowMs };
  const check = new SignatureCheck(clock);
  const sign = (at: typeof clock = clock, { id } = check): string => signRequest(TOKEN, id, "body", at);
  const signed = sign();
  expect(signed).not.toContain(TOKEN);
  expect(check.refused(signed, "another body", TOKEN)?.status).toBe(401);
  expect(check.refused(signed, "body", `${TOKEN}x`)?.status).toBe(401);
  expect(check.refused(signed, "body", TOKEN)).toBeUndefined();
  expect(check.refused(signed, "body", TOKEN)?.text).toBe("the request came before\n");
  const other = new SignatureCheck(clock); // or this one after its next start
  expect(other.refused(signed, "body", TOKEN)?.text).toMatch(/^the action is for another program/);
  const readdressed = signed.replace(check.id, other.id);
  expect(other.refused(readdressed, "body", TOKEN)?.text).toMatch(/token/);
  const late = sign();
  nowMs += 60_001;
  expect(check.refused(late, "body", TOKEN)?.text).toMatch(/clocks/);
  const early = sign({ wallMs: () => nowMs + 60_001 });
  expect(check.refused(early, "body", TOKEN)?.text).toMatch(/clocks/);
  for (const broken of ["Signed", "Signed ", "Signed 1.2.3", `${signed} `, signed.toLowerCase()])
    expect(check.refused(broken, "body", TOKEN)?.status, broken).toBe(401);
});

test("signatures that are remembered are bounded, and forgotten", () => {
  let nowMs = 1_000_000_000;
  const clock = { wallMs: () => nowMs };
  const check = new SignatureCheck(clock);
  const take = () => check.refused(signRequest(TOKEN, check.id, "", clock), "", TOKEN);
  for (let at = 0; at < 1000; at++) take();
  expect(take()?.text).toMatch(/too many/);
  nowMs += 60_001;
  expect(take()).toBeUndefined();
});

/** Sends on what was recorded on its way to another page. */
async function sendOn(url: string, authorization: string, body: string, headers = {}) {
  const response = await fetch(`${url}api/actions`, {
    ...{ method: "POST", body },
    headers: { "content-type": "application/json", authorization, ...headers },
  });
  return { status: response.status, text: (await response.text()).trim() };
}

const receiver = async (url: string): Promise<string> =>
  ((await (await fetch(`${url}api/receiver`)).json()) as { id: string }).id;

test.for([
  ["drain", { worker: "w1" }],
  ["run", { host: "web01" }],
] as const)(
  "%s that was sent to one page is refused by another one, and by the same one after its next start",
  async ([action, more]) => {
    const done: unknown[] = [];
    const page = (name: string) =>
      serve({
        token: TOKEN,
        actions: { [action]: (values: object) => `done ${done.push(values)}` },
        read: () => ({ servers: [server(name)] }),
      });
    const [meant, other] = [await page("mon1:4730"), await page("mon1:4730")];
    const body = JSON.stringify({ action, server: "mon1:4730", ...more });
    const signed = signRequest(TOKEN, await receiver(meant.url), body, { wallMs: () => Date.now() });
    expect((await sendOn(other.url, signed, body)).text).toMatch(/another program/);
    expect((await sendOn(meant.url, signed, body)).status).toBe(200);
    expect((await sendOn(meant.url, signed, body)).text).toBe("the request came before");
    meant.page.close();
    meant.endpoint.close();
    expect((await sendOn((await page("mon1:4730")).url, signed, body)).status).toBe(401);
    expect(done).toHaveLength(1);
  },
);

test("an action for a job server is done by a page of that one only, also where it does not look at the server", async () => {
  const { own } = await twoPages();
  const act = async (name: string) => {
    const body = JSON.stringify({ action: "pause", server: name, by: "x-remote-user anna" });
    const signed = signRequest(TOKEN, await receiver(own.url), body, { wallMs: () => Date.now() });
    return sendOn(own.url, signed, body, { "x-remote-user": "eve", "x-forwarded-for": "10.0.0.1" });
  };
  expect(await act("mon9:4730")).toEqual({
    status: 409,
    text: "this is not the page of job server mon9:4730",
  });
  const { servers } = (await (await fetch(`${own.url}api/site?own`)).json()) as SiteSnapshot;
  expect(await act(servers[0]?.name ?? "")).toEqual({ status: 200, text: "here" });
  expect(own.lines.at(-1)).toMatch(/^page: 127\.0\.0\.1 \(x-remote-user anna\): pause/); // what is signed, no header
});

test("a page that is too old to name itself gets no action", async () => {
  const pages = await twoPages();
  const answers = { "/api/site": await (await fetch(`${pages.other.url}api/site?own`)).text() };
  const old = await serveAdmin("0", routesOf(answers), "127.0.0.1");
  onTestFinished(() => old.close());
  const name = `127.0.0.1:${old.port}`;
  const own = await serve({ token: TOKEN, actions: {}, others: [name] });
  const response = await fetch(`${own.url}api/actions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ action: "pause", server: name }),
  });
  expect([response.status, (await response.text()).trim()]).toEqual([
    502,
    "it is of another version: use its own page",
  ]);
});

const routesOf = (texts: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [
      path,
      { serve: (_request: unknown, response: ServerResponse) => void response.end(text) },
    ]),
  );
