import { expect, test } from "vitest";
import { buildSnapshot } from "../src/model/build-snapshot.ts";
import { mergeSnapshots } from "../src/model/merge-snapshots.ts";
import type { ServerPart } from "../src/model/parts.ts";
import { RateKeeper } from "../src/model/rates.ts";
import { ResultQueues } from "../src/model/result-queues.ts";
import { connection, job, NO_VIEWERS, queue, server } from "./parts.ts";

function snapshotOf(one: ServerPart) {
  const can = { checks: false, actions: [] };
  return buildSnapshot(
    { servers: [one] },
    { rates: new RateKeeper(), reports: new Map(), resultQueues: new ResultQueues() },
    { program: "gearmand", version: "1.0.0", atMs: 0, monotonicMs: 0, can, viewers: NO_VIEWERS },
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
