import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { labelOf } from "../src/index.ts";
import { buildSnapshot } from "../src/model/build-snapshot.ts";
import type { ServerPart, SiteParts, WorkerReport } from "../src/model/parts.ts";
import { RateKeeper } from "../src/model/rates.ts";
import { ResultQueues } from "../src/model/result-queues.ts";
import { SNAPSHOT_SCHEMA } from "../src/model/schema.ts";
import { connection, job, NO_VIEWERS, queue, server } from "./parts.ts";

function snapshotOf(
  servers: ServerPart[],
  more: Partial<SiteParts> = {},
  reports: [string, WorkerReport][] = [],
) {
  const memory = {
    ...{ rates: new RateKeeper(), resultQueues: new ResultQueues() },
    reports: new Map(reports),
  };
  const can = { checks: false, actions: [] };
  return buildSnapshot({ servers, ...more }, memory, {
    program: "gearmand",
    version: "1.0.0",
    atMs: 1_000_000,
    monotonicMs: 5000,
    can,
    viewers: NO_VIEWERS,
  });
}

const busy = server("a:4730", {
  queues: [
    queue("check_results", { workers: 1 }),
    queue("service", {
      waiting: 2,
      running: 1,
      workers: 2,
      oldestWaitingSeconds: 1.5,
      priorities: [0, 2, 0],
    }),
    queue("worker_w1", { workers: 1 }),
    queue("gr\u00c3\u00b6\u00c3\u009fe"),
    queue("bad\xff"),
  ],
  workers: [
    connection("w1", ["service", "host"], { jobs: [job("web-ping", 12.7)], jobCount: 1 }),
    connection("w1", ["worker_w1"]),
    connection("mon1", ["check_results"], { clientId: "mon1@mod_gearman_bridge/1.0.0" }),
  ],
});

test("rows of queues, workers and running jobs, and a sentence", () => {
  const snapshot = snapshotOf([busy], {}, [["w1", { slots: 4, busy: 1, load: 0.25, unsentResults: 3 }]]);
  expect(snapshot.queues[1]).toEqual({
    ...{ server: "a:4730", name: "service", waiting: 2, running: 1, workers: 2, oldestSeconds: 1, bytes: 0 },
    ...{ inPerSecond: null, outPerSecond: null, priorities: [0, 2, 0], history: [] },
    ...{ isStalled: false, isPaused: false, isStale: false },
  });
  expect(snapshot.queues.slice(3).map(({ name, isStale }) => [name, isStale])).toEqual([
    ["größe", true],
    ["bad\\xff", true],
  ]);
  expect(snapshot.workers).toEqual([
    {
      ...{ id: "w1@mod_gearman_worker", name: "w1", program: "mod_gearman_worker", version: "1.0.0" },
      ...{ servers: ["a:4730"], hosts: ["10.0.0.1"], kind: "worker", connections: 2 },
      ...{ queues: ["service", "host"], slots: 4, busy: 1, load: 0.25, unsentResults: 3 },
      ...{ undecodable: null, undecodableSeconds: null, isDraining: false, lastJobSeconds: 0 },
    },
    expect.objectContaining({ id: "mon1@mod_gearman_bridge", kind: "bridge" }),
  ]);
  expect(snapshot.jobs).toEqual([
    {
      ...{ server: "a:4730", worker: "w1@mod_gearman_worker", handle: "H:a:12.7", queue: "service" },
      ...{ unique: "web-ping", seconds: 12, retries: 0 },
    },
  ]);
  expect(snapshot.health).toEqual({
    level: "ok",
    sentence: "All is well: 1 job server, 3 queues, 1 worker, 1 job running.",
    findings: [],
  });
});

test("clocks of workers are rows on the page of the bridge alone", () => {
  const clockDifferences = new Map([
    ["w1", 89_990.4],
    ["bad\xff", -3],
  ]);
  const snapshot = snapshotOf([busy], { bridge: { isCoreAttached: true, undecodable: 0, clockDifferences } });
  expect(snapshot.clocks).toEqual([
    { worker: "w1", aheadMs: 89_990 },
    { worker: "bad\\xff", aheadMs: -3 },
  ]);
  expect(new Ajv().validate(SNAPSHOT_SCHEMA, snapshot)).toBe(true);
  expect(snapshotOf([busy])).not.toHaveProperty("clocks");
});

test("a snapshot is as the published schema says", () => {
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(SNAPSHOT_SCHEMA);
  const all = snapshotOf([busy, server("b:4730", { away: "Connection refused" })]);
  expect(validate(JSON.parse(JSON.stringify(all))), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...all, queues: [{}] })).toBe(false);
});

test("workers of others are known by their status queue and address", () => {
  const other = { clientId: "-", address: "10.0.0.9" };
  const snapshot = snapshotOf([
    server("a", {
      workers: [
        connection("", ["worker_c1"], other),
        connection("", ["service"], { ...other, jobs: [job("x", 1)], jobCount: 1 }),
        connection("", ["check_results"], { ...other, address: "10.0.0.10" }),
      ],
    }),
  ]);
  expect(snapshot.workers.map(({ id, kind, connections, busy }) => [id, kind, connections, busy])).toEqual([
    ["c1", "worker", 2, 1],
    ["10.0.0.10", "bridge", 1, 0],
  ]);
});

test("a worker that has withdrawn its queues and still has jobs drains", () => {
  const draining = connection("w1", [], { jobs: [job("x", 1)], jobCount: 1 });
  expect(snapshotOf([server("a", { workers: [draining] })]).workers[0]?.isDraining).toBe(true);
});

test("what there is no room for is counted, unused queues first", () => {
  const queues = Array.from({ length: 400 }, (_, n) => queue(`q${n}`, n === 399 ? { workers: 1 } : {}));
  const snapshot = snapshotOf([server("a", { queues, omitted: { queues: 7, workers: 2 } })]);
  expect(snapshot.queues).toHaveLength(300);
  expect(snapshot.queues[0]?.name).toBe("q399");
  expect(snapshot.omitted).toEqual({ queues: 107, workers: 2, jobs: 0 });
});

test("characters that turn or hide text, or end a line, are shown as what they are", () => {
  const latin1 = (text: string) => Buffer.from(text).toString("latin1");
  expect(labelOf(latin1("b\u00fcro\u202egnp.exe"))).toBe("b\u00fcro\\u202egnp.exe");
  expect(labelOf(latin1("a\nb\u0000\u200b\ufeff"))).toBe("a\\u000ab\\u0000\\u200b\\ufeff");
  expect(labelOf(latin1("\u65e5\u672c \u05d0 plain"))).toBe("\u65e5\u672c \u05d0 plain");
});

test("rows of a server that was not read again are not made again", () => {
  const memory = { rates: new RateKeeper(), resultQueues: new ResultQueues(), reports: new Map() };
  const occasion = {
    program: "p",
    version: "1",
    atMs: 0,
    can: { checks: false, actions: [] },
    viewers: NO_VIEWERS,
  };
  const at = (monotonicMs: number, part: ServerPart) =>
    buildSnapshot({ servers: [part] }, memory, { ...occasion, monotonicMs }).queues[0];
  const first = at(0, busy);
  expect(at(1000, busy)).toBe(first);
  expect(at(2000, { ...busy })).not.toBe(first);
});
