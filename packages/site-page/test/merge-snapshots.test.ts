import { expect, test } from "vitest";
import { buildSnapshot } from "../src/model/build-snapshot.ts";
import { mergeSnapshots } from "../src/model/merge-snapshots.ts";
import type { ServerPart, SiteParts } from "../src/model/parts.ts";
import { RateKeeper } from "../src/model/rates.ts";
import { ResultQueues } from "../src/model/result-queues.ts";
import { connection, job, NO_VIEWERS, queue, server } from "./parts.ts";

function snapshotOf(one: ServerPart) {
  return snapshotOfAll("gearmand", { servers: [one] });
}

function snapshotOfAll(program: string, parts: SiteParts) {
  const can = { checks: false, actions: [] };
  return buildSnapshot(
    parts,
    { rates: new RateKeeper(), reports: new Map(), resultQueues: new ResultQueues() },
    { program, version: "1.0.0", atMs: 0, monotonicMs: 0, can, viewers: NO_VIEWERS },
  );
}

test("rows of all servers, a worker that two have is one row, one that is away is a finding", () => {
  const own = snapshotOf(server("mon1:4730", { workers: [connection("w1", ["service"])] }));
  const other = snapshotOf(
    server("host:4730", {
      queues: [queue("host", { waiting: 1 })],
      workers: [connection("w1", ["host"], { address: "10.0.0.2", jobs: [job("x", 3)], jobCount: 1 })],
    }),
  );
  const site = mergeSnapshots(own, [
    { name: "mon2:9418", snapshot: other },
    { name: "mon3:9418", away: "no answer in 2 s" },
  ]);
  expect(site.servers.map(({ name, isUp }) => [name, isUp])).toEqual([
    ["mon1:4730", true],
    ["mon2:9418", true],
    ["mon3:9418", false],
  ]);
  expect(site.queues.map((one) => one.server)).toEqual(["mon2:9418"]);
  expect(site.workers).toEqual([
    expect.objectContaining({
      ...{ id: "w1@mod_gearman_worker", servers: ["mon1:4730", "mon2:9418"], connections: 2, busy: 1 },
      ...{ hosts: ["10.0.0.1", "10.0.0.2"], queues: ["service", "host"] },
    }),
  ]);
  expect(site.health.findings.map(({ code }) => code)).toEqual(["server-away", "queue-without-worker"]);
  expect(mergeSnapshots(own, [])).toBe(own);
});

/** As a bridge shows them, which has lost its core; each has a queue without worker and one running job. */
const bridgeOf = (...names: string[]) =>
  snapshotOfAll("mod_gearman_bridge", {
    servers: names.map(busy),
    bridge: { isCoreAttached: false, undecodable: 0 },
  });
const busy = (name: string) =>
  server(name, {
    queues: [queue("dead", { waiting: 3, oldestWaitingSeconds: 9 }), queue("service", { running: 1 })],
    workers: [connection("w1", ["service"], { jobs: [job("x", 3)], jobCount: 1 })],
  });

test.for([
  ["by the same name", "mon1:4730", "mon9:9419"],
  ["with its domain", "MON1.example:4730", "mon9:9419"],
  ["by loopback", "localhost:4730", "9419"],
  ["by loopback, its page too", "127.0.0.1:4730", "[::1]:9419"],
  ["by an address of this machine", "192.0.2.1:4730", "mon9:9419"],
  ["by loopback, its page by an address of this machine", "[::1]:4730", "192.0.2.1:9419"],
] as const)("a job server that a bridge shows too, %s, counts once", ([, name, listener]) => {
  const own = snapshotOf(busy("mon1:4730"));
  const isHere = (host: string) => host === "mon1" || host === "192.0.2.1";
  const site = mergeSnapshots(own, [{ name: listener, snapshot: bridgeOf(name) }], isHere);
  for (const rows of ["servers", "queues", "workers", "jobs", "omitted"] as const)
    expect(site[rows], rows).toEqual(own[rows]);
  expect(site.health.findings.map(({ code }) => code)).toEqual(["queue-without-worker", "core-away"]);
});

test.for([
  ["another port", "mon1:4731", "9419"],
  ["another domain", "mon1.b:4730", "9419"],
  ["loopback of another machine", "localhost:4730", "mon9:9419"],
] as const)("a job server that only a bridge shows is shown: %s", ([, name, listener]) => {
  const own = snapshotOf(busy("mon1.a:4730"));
  const site = mergeSnapshots(own, [{ name: listener, snapshot: bridgeOf(name) }]);
  expect(site.servers.map((one) => [one.name, one.running])).toEqual([
    ["mon1.a:4730", 1],
    [listener, 1],
  ]);
});

test("a bridge shows one that is known, by the page of another job server, and one that is not", () => {
  const own = snapshotOf(server("mon1:4730"));
  const site = mergeSnapshots(own, [
    { name: "mon9:9419", snapshot: bridgeOf("mon2:4730", "mon3:4730") },
    { name: "mon2:9418", snapshot: snapshotOf(busy("host2:4730")) },
  ]);
  expect(site.servers.map((one) => one.name)).toEqual(["mon1:4730", "mon2:9418", "mon9:9419"]);
  expect(site.jobs.map((one) => one.server)).toEqual(["mon2:9418", "mon9:9419"]);
});

test("slow plugins that a bridge names lead to no times of checks, which this page does not have", () => {
  const slowPlugins = [{ host: "web", service: "ping", seconds: 9, limitSeconds: 10 }];
  const bridge = { isCoreAttached: true, undecodable: 0, slowPlugins };
  const snapshot = snapshotOfAll("mod_gearman_bridge", { servers: [], bridge });
  const linkOf = ({ health }: typeof snapshot) => health.findings.map(({ link }) => link);
  expect(linkOf(snapshot)).toEqual(["checks?host=web&service=ping"]);
  expect(linkOf(mergeSnapshots(snapshotOf(server("a:1")), [{ name: "b:2", snapshot }]))).toEqual(["servers"]);
});
