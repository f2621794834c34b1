import { expect, test } from "vitest";
import { buildSnapshot } from "../src/model/build-snapshot.ts";
import type { BridgePart, QueuePart, SiteParts, WorkerReport } from "../src/model/parts.ts";
import { RateKeeper } from "../src/model/rates.ts";
import { ResultQueues } from "../src/model/result-queues.ts";
import type { FindingCode, Health } from "../src/model/snapshot.ts";
import { connection, NO_VIEWERS, queue, server } from "./parts.ts";

/** The health of a site whose worker answers `report`. */
function healthOf(parts: SiteParts, report: WorkerReport = {}): Health {
  const memory = {
    ...{ rates: new RateKeeper(), resultQueues: new ResultQueues() },
    reports: new Map([["w1", report]]),
  };
  const can = { checks: false, actions: [] };
  return buildSnapshot(parts, memory, {
    program: "gearmand",
    version: "1.0.0",
    atMs: 0,
    monotonicMs: 0,
    can,
    viewers: NO_VIEWERS,
  }).health;
}

const withClocks = (differences: Record<string, number>): BridgePart => ({
  ...{ isCoreAttached: true, undecodable: 0 },
  clockDifferences: new Map(Object.entries(differences)),
});

const site = (...queues: QueuePart[]): SiteParts => ({
  servers: [server("a", { queues, workers: [connection("w1", ["service"])] })],
});

const cases: { code: FindingCode; sentence: string; parts: SiteParts; report?: WorkerReport }[] = [
  {
    code: "server-away",
    sentence: "Job server b does not answer: Connection refused.",
    parts: { servers: [server("b", { away: "Connection refused" })] },
  },
  {
    code: "server-problem",
    sentence: "Job server a: shutting down.",
    parts: { servers: [server("a", { problem: "shutting down" })] },
  },
  {
    code: "core-away",
    sentence: "The core is not connected to its bridge.",
    parts: { servers: [], bridge: { isCoreAttached: false, undecodable: 0 } },
  },
  {
    code: "result-key",
    sentence: "Results cannot be decrypted (3 so far): a worker or sender has a wrong key.",
    parts: { servers: [], bridge: { isCoreAttached: true, undecodable: 3, undecodableSeconds: 20 } },
  },
  {
    code: "result-refused",
    sentence: "Results are refused (2 so far): the sender of the message has been revoked.",
    parts: {
      servers: [],
      bridge: {
        ...{ isCoreAttached: true, undecodable: 0, refused: 2, refusedSeconds: 599 },
        refusedWhy: "the sender of the message has been revoked",
      },
    },
  },
  {
    code: "ticket-redeemed-twice",
    sentence: "A ticket for keys was redeemed a second time (1 so far): another one may have seen it.",
    parts: {
      servers: [],
      bridge: { isCoreAttached: true, undecodable: 0, ticketAlarms: 1, ticketAlarmSeconds: 86_399 },
    },
  },
  {
    code: "plugin-slow",
    sentence:
      "Plugins need most of their time limit: db-01 disk (9.5 of 10 s), db-02 (8.0 of 10 s), db-\\u202e3 (8.0 of 10 s), 1 more.",
    parts: {
      servers: [],
      bridge: {
        ...{ isCoreAttached: true, undecodable: 0 },
        slowPlugins: [
          { host: "db-01", service: "disk", seconds: 9.5, limitSeconds: 10 },
          ...["db-02", "db-\u202e3", "db-04"].map((host) => ({
            ...{ host, service: null, seconds: 8, limitSeconds: 10 },
          })),
        ],
      },
    },
  },
  {
    code: "worker-clock",
    sentence: "The clock of worker w1 is 90.1 s behind.",
    parts: { ...site(), bridge: withClocks({ w1: -90_123, w2: 2000, w3: -2000, w4: 0 }) },
  },
  {
    code: "bridge-away",
    sentence: "Nobody takes results from check_results: the bridge is away, 2 jobs wait, the oldest for 7 s.",
    parts: site(queue("check_results", { waiting: 2, oldestWaitingSeconds: 7.9 })),
  },
  {
    code: "queue-without-worker",
    sentence: "Queue host has no worker, 1 job waits, the oldest for 1 min.",
    parts: site(queue("host", { waiting: 1, oldestWaitingSeconds: 60 })),
  },
  {
    code: "queue-stalled",
    sentence: "Queue service stands still although it has workers: 5 jobs wait, the oldest for 40 s.",
    parts: site(queue("service", { waiting: 5, workers: 1, isStalled: true, oldestWaitingSeconds: 40 })),
  },
  {
    code: "queue-paused",
    sentence: "Queue service is paused, 5 jobs wait.",
    parts: site(queue("service", { waiting: 5, workers: 1, isPaused: true })),
  },
  {
    code: "worker-key",
    sentence: "Worker w1 cannot decrypt its jobs (4 so far): its key is wrong.",
    parts: site(),
    report: { undecodable: 4, undecodableSeconds: 30 },
  },
  {
    code: "worker-unsent",
    sentence: "Worker w1 has 101 results that no job server takes.",
    parts: site(),
    report: { unsentResults: 101 },
  },
];

test.for(cases)("$code", ({ code, sentence, parts, report }) => {
  const { sentence: said, findings } = healthOf(parts, report);
  expect(findings.map((one) => one.code)).toEqual([code]);
  expect(said).toBe(sentence);
});

test("a clock that is off is warned of by worker, and shown with it where it is on this page", () => {
  const bridge = withClocks({ w1: 2001, "\u00e9\u202e": -3_600_000 });
  const { level, findings } = healthOf({ ...site(), bridge });
  expect(level).toBe("warning");
  expect(findings.map(({ text, link }) => [text, link])).toEqual([
    ["The clock of worker w1 is 2.0 s ahead.", "worker/w1%40mod_gearman_worker"],
    [expect.stringMatching(/^The clock of worker \S+ is 3600\.0 s behind\.$/), "workers"],
  ]);
});

test("what is normal or long ago is no finding", () => {
  const old = { refused: 2, refusedSeconds: 600, ticketAlarms: 1, ticketAlarmSeconds: 86_400 };
  const none = { refused: 0, ticketAlarms: 0, clockDifferences: new Map() };
  for (const more of [old, none])
    expect(healthOf({ ...site(), bridge: { isCoreAttached: true, undecodable: 0, ...more } }).level).toBe(
      "ok",
    );
  expect(healthOf(site(queue("host", { waiting: 1, oldestWaitingSeconds: 2 }))).level).toBe("ok");
  expect(healthOf(site(), { undecodable: 4, undecodableSeconds: 601, unsentResults: 100 }).level).toBe("ok");
  expect(healthOf({ servers: [server("a", { queues: [queue("check_results")] })] }).level).toBe("ok");
});

test("the worst is the sentence, the others are counted", () => {
  const health = healthOf(
    site(
      queue("a", { waiting: 1, workers: 1, isPaused: true }),
      queue("b", { waiting: 1 }),
      queue("c", { waiting: 1 }),
    ),
  );
  expect(health.level).toBe("critical");
  expect(health.sentence).toBe("Queue b has no worker, 1 job waits. 2 more findings.");
  expect(health.findings.map(({ code }) => code)).toEqual([
    "queue-without-worker",
    "queue-without-worker",
    "queue-paused",
  ]);
});

test("a bridge with a result queue of another name is away: its name stays known, and at the bridge itself it is that of the module", () => {
  const resultQueues = new ResultQueues();
  const bridge = connection("core1", ["results_of_core1", "mod_gearman_enroll"], {
    clientId: "core1@mod_gearman_bridge/1.0.0",
  });
  const worker = connection("w1", ["service"]);
  const look = (workers: (typeof bridge)[], waiting: number, more: Partial<SiteParts> = {}) => {
    const queues = ["results_of_core1", "mod_gearman_enroll", "service"].map((name) =>
      queue(name, {
        ...{ waiting: name === "service" ? 0 : waiting, oldestWaitingSeconds: 9 },
        workers: workers.filter(({ functions }) => functions.includes(name)).length,
      }),
    );
    const can = { checks: false, actions: [] };
    const { health, workers: rows } = buildSnapshot(
      { servers: [server("a", { queues, workers })], ...more },
      { rates: new RateKeeper(), reports: new Map(), resultQueues },
      { ...{ program: "p", version: "1", atMs: 0, monotonicMs: 0 }, can, viewers: NO_VIEWERS },
    );
    return { codes: health.findings.map(({ code }) => code), kinds: rows.map(({ kind }) => kind) };
  };
  expect(look([bridge, worker], 3)).toEqual({ codes: [], kinds: ["bridge", "worker"] });
  expect(look([worker], 0).codes).toEqual([]); // of a former configuration, perhaps
  expect(look([worker], 3).codes).toEqual(["bridge-away", "queue-without-worker"]);
  const known = { isCoreAttached: true, undecodable: 0, resultQueue: "results_of_core1" };
  expect(look([worker], 0, { bridge: known }).codes).toEqual(["bridge-away"]);
  expect(look([bridge, worker], 0, { bridge: known }).codes).toEqual([]);
});
