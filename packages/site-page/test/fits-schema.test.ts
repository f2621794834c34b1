import { reply, serveAdmin } from "@mod-gearman/admin-http";
import { expect, onTestFinished, test } from "vitest";
import { type SiteSnapshot, SNAPSHOT_SCHEMA } from "../src/index.ts";
import { fitsSchema } from "../src/model/fits-schema.ts";
import { servePage } from "./demo-site.ts";

async function snapshotOf(url: string): Promise<SiteSnapshot> {
  return (await (await fetch(`${url}api/site`)).json()) as SiteSnapshot;
}

async function demo(others: readonly string[] = []) {
  const served = await servePage({ others });
  onTestFinished(() => {
    served.page.close();
    served.endpoint.close();
  });
  return served;
}

type Change = (snapshot: Record<string, unknown[]>) => void;

const BROKEN: readonly [string, Change][] = [
  ["a row that is no row", (given) => given.queues?.push(null)],
  ["a name that is an object", (given) => Object.assign(given.queues?.[0] ?? {}, { name: { evil: 1 } })],
  ["a number that is a text", (given) => Object.assign(given.jobs?.[0] ?? {}, { seconds: "1" })],
  ["a number below zero", (given) => Object.assign(given.queues?.[0] ?? {}, { waiting: -1 })],
  ["priorities of two", (given) => Object.assign(given.queues?.[0] ?? {}, { priorities: [1, 2] })],
  ["a level of its own", (given) => Object.assign(given.health ?? {}, { level: "fine" })],
  ["a list that is missing", (given) => void delete given.workers],
  ["servers that are a text", (given) => Object.assign(given, { servers: "mon1" })],
  ["another format", (given) => Object.assign(given, { format: 2 })],
];

test("a snapshot fits its schema, and one with a broken part does not", async () => {
  const { url } = await demo();
  const good = await snapshotOf(url);
  expect(fitsSchema(SNAPSHOT_SCHEMA, good)).toBe(true);
  for (const [name, change] of BROKEN) {
    const bad = structuredClone(good) as unknown as Record<string, unknown[]>;
    change(bad);
    expect(fitsSchema(SNAPSHOT_SCHEMA, bad), name).toBe(false);
  }
  for (const value of [null, undefined, [], 7, "text", {}])
    expect(fitsSchema(SNAPSHOT_SCHEMA, value)).toBe(false);
});

test("another page that answers nonsense is shown as away, and breaks nothing", async () => {
  const good = await snapshotOf((await demo()).url);
  let answer: unknown = null;
  const other = await serveAdmin(
    "0",
    {
      "/api/site": { serve: (_request, response) => reply(response, 200, "text/x", JSON.stringify(answer)) },
    },
    "127.0.0.1",
  );
  onTestFinished(() => other.close());
  for (const [, change] of BROKEN) {
    const bad = structuredClone(good) as unknown as Record<string, unknown[]>;
    change(bad);
    answer = bad;
    const { servers, health } = await snapshotOf((await demo([`127.0.0.1:${other.port}`])).url);
    expect(servers.at(-1)).toMatchObject({ isUp: false, problem: "its answer is of another version" });
    expect(health.findings.map(({ code }) => code)).toContain("server-away");
  }
});

test("a page of an earlier version, which does not say what can be done, is shown", async () => {
  const good = await snapshotOf((await demo()).url);
  const servers = good.servers.map(({ actions: _, ...rest }) => rest);
  const other = await serveAdmin(
    "0",
    {
      "/api/site": {
        serve: (_request, response) => reply(response, 200, "text/x", JSON.stringify({ ...good, servers })),
      },
    },
    "127.0.0.1",
  );
  onTestFinished(() => other.close());
  const shown = await snapshotOf((await demo([`127.0.0.1:${other.port}`])).url);
  expect(shown.servers.at(-1)).toMatchObject({ isUp: true, actions: [] });
});
