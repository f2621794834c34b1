import { CHECK_POINTS, parseChecks } from "@mod-gearman/observe";
import type { TestContext } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { examineHops } from "../src/areas/hops.ts";
import type { World } from "../src/world.ts";
import { TestSite } from "./test-site.ts";

/** A healthy site whose module has this `admin_listen`, with pages that answer so. */
function siteWith(context: TestContext, adminListen: string, fetch: World["fetch"]): TestSite {
  const site = new TestSite(context);
  const usual = site.moduleLines;
  site.moduleLines = () => [...usual(), `admin_listen=${adminListen}`];
  site.fetch = fetch;
  return site;
}

/** As the report has it: it is written byte by byte. */
const bytesOf = (text: string): string => Buffer.from(text).toString("latin1");

/** An answer of the bridge: a check with these hops. */
function checksOf({
  wait,
  plugin,
  limit = 60,
  endedMs = Date.now(),
}: {
  wait: number;
  plugin: number;
  limit?: number | null;
  endedMs?: number;
}): string {
  const hops = [4, 1, 2, wait, 3, plugin, 1, 5, 6];
  let at = endedMs - hops.reduce((sum, ms) => sum + ms, 0);
  const times = [at];
  for (const ms of hops) {
    at += ms;
    times.push(at);
  }
  const timesMs = Object.fromEntries(CHECK_POINTS.map((point, index) => [point, times[index]]));
  const check = { service: "ping", worker: "w1", state: 0, unique: null, timesMs, clockDifferenceMs: 0 };
  const limits = limit === null ? {} : { timeoutSeconds: limit };
  return JSON.stringify({ checks: [{ host: "web", queue: "service", ...check, ...limits }] });
}

test("the time per hop of a check of the core is among the facts; a plugin may take its time", async (context) => {
  const asked: string[] = [];
  const site = siteWith(context, "0.0.0.0:9419", async (url) => {
    asked.push(url);
    return checksOf({ wait: 9, plugin: 90_000, limit: 180 }).replace("web", "\u65e5\u672c");
  });
  const { found, json } = await site.run();
  const url = "http://127.0.0.1:9419/api/checks";
  expect([found, asked]).toEqual([[], [url, `${url}?slowest`]]);
  expect(
    json.facts.find(({ name }) => name === `time per hop of ${bytesOf("\u65e5\u672c")} ping`)?.text,
  ).toBe(
    "core 4 ms, handover 1 ms, submit 2 ms, wait 9 ms, start 3 ms, *plugin 90000 ms, send 1 ms, return 5 ms, apply 6 ms (queue service, worker w1)",
  );
});

test("checks that wait for a free slot", async (context) => {
  const site = siteWith(context, "9419", async () => checksOf({ wait: 30_000, plugin: 40_000 }));
  const { found, json } = await site.run();
  expect(found).toEqual(["check slow-hop"]);
  expect(json.findings[0]?.what).toBe(
    "checks of queue service spend 30.0 s in hop wait (1 checks looked at); the longest plugins: web ping 40.0 s",
  );
});

test.for<[minutes: number, found: string[]]>([
  [-14, ["slow-hop"]],
  [-16, []],
  [600, ["slow-hop"]], // the clock of the bridge is ahead
])("checks that waited %i minutes from now", ([minutes, found]) => {
  const nowMs = 1_800_000_000_000;
  const endedMs = nowMs + minutes * 60_000;
  const checks = parseChecks(checksOf({ wait: 30_000, plugin: 1, endedMs }));
  const { findings, facts } = examineHops({ kind: "checks", checks, slowest: [] }, nowMs).report;
  expect(findings.map(({ id }) => id)).toEqual(found);
  expect(facts).toHaveLength(1); // the newest check is shown however old it is
});

test.for([
  [45_000, 60, "web ping (45.0 of 60 s)"],
  [10_020, 10, "web ping (10.0 of 10 s)"],
] as const)("a plugin of %i ms has a limit of %i s", async ([plugin, limit, text], context) => {
  const site = siteWith(context, "9419", async () => checksOf({ wait: 9, plugin, limit }));
  const { found, json } = await site.run();
  expect(found).toEqual(["plugins plugin-slow"]);
  expect(json.findings[0]?.what).toBe(`plugins of queue service need most of their time limit: ${text}`);
});

test.for([
  [44_000, 60],
  [900_000, 3600],
  [90_000, null], // a bridge of an earlier version does not say the limit
] as const)("a plugin of %i ms with a limit of %s s is no finding", async ([plugin, limit], context) => {
  const site = siteWith(context, "9419", async () => checksOf({ wait: 9, plugin, limit }));
  expect((await site.run()).found).toEqual([]);
});

const silent: World["fetch"] = () => Promise.reject(new Error("connect ECONNREFUSED"));
const other: World["fetch"] = async () => "<html>";

test.for([
  ["does not answer", silent],
  ["answers with something else", other],
] as const)("a bridge that %s", async ([, fetch], context) => {
  const { found } = await siteWith(context, "9419", fetch).run();
  expect(found).toEqual(["check bridge-silent"]);
});
