import { CHECK_POINTS, type TracedCheck } from "@mod-gearman/observe";
import { describe, expect, test } from "vitest";
import type { SeenSite } from "../src/job-place.ts";
import { TraceWorld } from "./trace-world.ts";

const START = "TRACE CRITICAL - web01 HTTP has not finished within 2 s, ";
type Rows<Name extends keyof SeenSite> = Partial<Extract<SeenSite[Name], readonly unknown[]>[number]>;

/** One that a job server has, and whose result did not come. @param points that are known */
function check(points = 4): TracedCheck {
  const times = CHECK_POINTS.map((point, at) => [point, at < points ? 1_700_000_000_000 + at * 10 : null]);
  return {
    ...{ host: "web01", service: "HTTP", queue: "service", unique: "u" },
    ...{ worker: null, state: null, clockDifferenceMs: null },
    timesMs: Object.fromEntries(times) as TracedCheck["timesMs"],
  };
}

const queue = (row: Rows<"queues"> = {}): object => ({
  ...{ server: "g1", name: "service", waiting: 3, running: 0, workers: 1, oldestSeconds: 40 },
  ...{ isStalled: false, isPaused: false },
  ...row,
});

const worker = (row: Rows<"workers"> = {}): object => ({
  ...{ id: "id-w1", name: "w1", servers: ["g1"], queues: ["host", "service"] },
  ...{ undecodable: null, undecodableSeconds: null },
  ...row,
});

const site = (parts: Partial<Record<keyof SeenSite, unknown>> = {}): object => ({
  servers: [{ name: "g1", isUp: true }],
  ...{ queues: [queue()], workers: [worker()], jobs: [] },
  ...parts,
});

const run = async (seen: () => unknown, args: readonly string[] = [], points?: number) => {
  const world = new TraceWorld();
  world.checks = () => [check(points)];
  world.site = seen;
  const code = await world.run("--bridge=9419", "-t", "2", ...args, "web01", "HTTP");
  return { code, world, line: world.out.split("\n")[0]?.replace(START, "") };
};
const looks = ({ urls }: TraceWorld): number => urls.filter((url) => url.endsWith("/api/site")).length;

describe("a job that does not come back", () => {
  const job = { server: "g1", queue: "service", unique: "u", worker: "id-w1", seconds: 12 };
  const failing = worker({ name: "w2", undecodable: 7, undecodableSeconds: 3 });
  const two = [
    { name: "g1", isUp: true },
    { name: "g2", isUp: false },
  ];
  test.for<[what: string, parts: Partial<Record<keyof SeenSite, unknown>>, says: string]>([
    [
      "no worker",
      { queues: [queue({ workers: 0 })] },
      "its job waits: no worker takes jobs of queue service (3 wait, the oldest for 40 s)",
    ],
    [
      "no worker at one of two servers",
      { servers: two, queues: [queue({ server: "g2", waiting: 0 }), queue({ workers: 0 })] },
      "its job waits: no worker takes jobs of queue service at g1 (3 wait, the oldest for 40 s)",
    ],
    [
      "a dead worker",
      {
        queues: [queue({ isStalled: true })],
        workers: [worker(), worker({ name: "other", queues: ["host"] })],
      },
      "its job waits: queue service stands still, its workers take nothing: w1 (3 wait, the oldest for 40 s)",
    ],
    [
      "dead workers that are not shown",
      { queues: [queue({ isStalled: true, oldestSeconds: null, workers: 9 })], workers: [] },
      "its job waits: queue service stands still, its workers take nothing: 9 connected (3 wait)",
    ],
    [
      "many dead workers",
      { queues: [queue({ isStalled: true })], workers: ["a", "b", "c", "d"].map((name) => worker({ name })) },
      "its job waits: queue service stands still, its workers take nothing: a, b, c and 1 more (3 wait, the oldest for 40 s)",
    ],
    [
      "paused, which says more than a missing worker",
      { queues: [queue({ isPaused: true, workers: 0 })] },
      "its job waits: queue service is paused (3 wait, the oldest for 40 s)",
    ],
    [
      "a worker that runs it",
      { jobs: [{ ...job, unique: "other" }, job] },
      "worker w1 has had its job of queue service for 12 s",
    ],
    [
      "a worker with a wrong key",
      { queues: [queue({ waiting: 0 })], workers: [worker(), failing] },
      "jobs of queue service go to a worker that cannot decrypt them, its key is wrong: w2",
    ],
    [
      "a server that is away, and may have it",
      { servers: two, queues: [queue({ waiting: 0 })] },
      "no job server that answers has a job of queue service; without answer: g2",
    ],
    ["no server", { servers: [{ name: "g1", isUp: false }] }, "no job server answers"],
  ])("%s", async ([, parts, says]) => {
    const { code, line, world } = await run(() => site(parts));
    expect(line).toBe(says);
    expect(code).toBe(2);
    expect(looks(world)).toBe(1);
  });

  test.for<[what: string, parts: Partial<Record<keyof SeenSite, unknown>>, says: string]>([
    ["a busy queue", {}, "its job waits in queue service, or runs: 3 wait, 0 run, 1 worker"],
    [
      "a queue of a server that does not list its jobs",
      { queues: [queue({ waiting: 0, running: 2, workers: 2 })] },
      "its job waits in queue service, or runs: 0 wait, 2 run, 2 workers",
    ],
    [
      "a key that was wrong an hour ago",
      { workers: [worker({ undecodable: 7, undecodableSeconds: 3600 })] },
      "its job waits in queue service, or runs: 3 wait, 0 run, 1 worker",
    ],
    [
      "a job that is nowhere",
      { queues: [queue({ waiting: 0 })] },
      "its job is no longer in queue service: a worker took it, and no result came",
    ],
  ])("%s is looked at a second time", async ([, parts, says]) => {
    const { line, world } = await run(() => site(parts));
    expect(line).toBe(says);
    expect(looks(world)).toBe(2);
  });

  test("what workers reported since the first look counts", async () => {
    const seen = [site(), site({ workers: [failing] })];
    const { line } = await run(() => seen.shift());
    expect(line).toContain("its key is wrong: w2");
  });
});

describe("with the default time", () => {
  const noWorker = { queues: [queue({ workers: 0 })] };
  const keyParts = (running: number, workers = 2) => ({
    queues: [queue({ waiting: 0, running, workers })],
    workers: [worker({ undecodable: 1, undecodableSeconds: 2 })],
  });
  /** Runs for the default time of ten minutes, or less. */
  const runLong = async (
    sites: readonly object[],
    checks: () => readonly TracedCheck[] = () => [check()],
  ) => {
    const world = new TraceWorld();
    const startMs = world.clock.monotonicMs();
    world.checks = checks;
    const left = [...sites];
    world.site = () => (left.length > 1 ? left.shift() : left[0]);
    const code = await world.run("--bridge=9419", "web01", "HTTP");
    return {
      code,
      out: world.out,
      looks: looks(world),
      seconds: (world.clock.monotonicMs() - startMs) / 1000,
    };
  };

  test.for<[what: string, parts: Partial<Record<keyof SeenSite, unknown>>, says: string]>([
    ["no worker", noWorker, "its job waits: no worker takes jobs of queue service"],
    ["a wrong key", keyParts(0), "jobs of queue service go to a worker that cannot decrypt them"],
    [
      "a queue that stands still, another job of which runs",
      {
        queues: [queue({ isStalled: true, running: 1 })],
        jobs: [{ server: "g1", queue: "service", unique: "other", worker: "id-w1", seconds: 90 }],
      },
      "its job waits: queue service stands still",
    ],
  ])("%s is said after seconds, once two looks found it", async ([, parts, says]) => {
    const { code, out, looks, seconds } = await runLong([site(parts)]);
    expect(code).toBe(2);
    expect(out).toMatch(/^TRACE CRITICAL - web01 HTTP has not finished within (?:8|9) s, /);
    expect(out).toContain(says);
    expect(looks).toBe(2);
    expect(seconds).toBeLessThan(10);
  });

  const job = { server: "g1", queue: "service", unique: "u", worker: "id-w1", seconds: 12 };
  test.for<[what: string, sites: readonly object[]]>([
    ["runs", [site({ queues: [queue({ waiting: 0, running: 1 })], jobs: [job] })]],
    ["may run at a server that does not list its jobs", [site(keyParts(1))]],
    ["waits for a slot", [site()]],
    ["lacked a worker for a moment", [site(noWorker), site()]],
  ])("a job that %s is waited for", async ([, sites]) => {
    const { code, out, seconds } = await runLong(sites);
    expect(code).toBe(2);
    expect(out).toContain("has not finished within 600 s, ");
    expect(seconds).toBeGreaterThanOrEqual(599);
  });

  test("a check that comes back is traced", async () => {
    let polls = 0;
    const { code } = await runLong([site(noWorker)], () => [check(polls++ < 25 ? 4 : CHECK_POINTS.length)]);
    expect(code).toBe(0);
  });
});

describe("a check that the bridge gave up", () => {
  const runLost = async (later: readonly TracedCheck[], ...args: string[]) => {
    const world = new TraceWorld();
    let polls = 0;
    world.checks = () => (polls++ < 5 ? [check()] : later);
    world.site = () => site({ queues: [queue({ waiting: 0 })], workers: [worker({ undecodable: 1 })] });
    const code = await world.run("--bridge=9419", ...args, "web01", "HTTP");
    return { code, out: world.out };
  };

  const { timesMs } = check();
  const next = {
    ...check(),
    timesMs: { ...timesMs, planned: 1_700_000_300_000, accepted: 1_700_000_300_020 },
  };
  test.for<[what: string, later: readonly TracedCheck[]]>([
    ["no other run", []],
    ["the next run", [next]],
  ])("was lost, also with %s in the bridge", async ([, later]) => {
    const { code, out } = await runLost(later);
    expect(code).toBe(2);
    expect(out).toMatch(
      /^TRACE CRITICAL - web01 HTTP was lost: the bridge gave it up, jobs of queue service go to a worker that cannot decrypt them, its key is wrong: w1\n/,
    );
  });

  test("a run in its place, planned while it ran, is not another one: the server has joined their jobs", async () => {
    const world = new TraceWorld();
    const joined = {
      ...check(),
      timesMs: { ...timesMs, planned: null, accepted: (timesMs.accepted ?? 0) + 2000 },
    };
    const done = { ...check(CHECK_POINTS.length) };
    const answers = [[], [check()], [joined], [joined]];
    world.checks = () =>
      answers.shift() ?? [
        { ...done, timesMs: { ...done.timesMs, planned: null, accepted: joined.timesMs.accepted } },
      ];
    expect(await world.run("--bridge=9419", "web01", "HTTP")).toBe(0);
  });

  test("--json has the run that was seen", async () => {
    const { out } = await runLost([], "--json");
    expect(JSON.parse(out)).toMatchObject({
      isFinished: false,
      isLost: true,
      place: { code: "worker-key" },
      check: check(),
    });
  });

  test("one answer without it is not enough", async () => {
    const world = new TraceWorld();
    const answers = [[], [check()], []];
    world.checks = () => answers.shift() ?? [check(CHECK_POINTS.length)];
    expect(await world.run("--bridge=9419", "web01", "HTTP")).toBe(0);
  });
});

test.for<[what: string, seen: unknown]>([
  ["has no such page", undefined],
  ["answers with something else", { queues: [] }],
  ["does not show the queue", site({ queues: [queue({ name: "other" })] })],
])("where the bridge %s, that is not known", async ([, seen]) => {
  const { line, code } = await run(() => seen);
  expect(line).toBe("its job waits in queue service, or runs");
  expect(code).toBe(2);
});

test.for<[points: number, says: string]>([
  [3, "no job server has acknowledged its job"],
  [9, "its result waits for the core"],
])("a check with %i times does not wait in a queue, so no server is asked", async ([points, says]) => {
  const { line, world } = await run(() => site(), [], points);
  expect(line).toBe(says);
  expect(looks(world)).toBe(0);
});

test("--json has it, too", async () => {
  const { world } = await run(() => site({ queues: [queue({ workers: 0 })] }), ["--json"]);
  expect(JSON.parse(world.out).place).toEqual({
    code: "queue-without-worker",
    text: "its job waits: no worker takes jobs of queue service (3 wait, the oldest for 40 s)",
  });
});

test("names of workers cannot write to the terminal", async () => {
  const { line } = await run(() =>
    site({ queues: [queue({ isStalled: true })], workers: [worker({ name: "w\u001b[2J|x" })] }),
  );
  expect(line).toContain("take nothing: w?[2J?x ");
});
