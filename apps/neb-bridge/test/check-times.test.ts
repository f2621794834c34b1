import { readFileSync } from "node:fs";
import { memoryLogger } from "@mod-gearman/observe";
import type { CheckResult } from "@mod-gearman/payload";
import { ManualClock } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { CheckTimes } from "../src/check-times.ts";
import { ChecksReport } from "../src/checks-report.ts";
import { HopTallies } from "../src/hop-tallies.ts";
import { OUTSTANDING_LIMITS, OutstandingChecks } from "../src/outstanding.ts";

const HOST = Buffer.from("wéb01");
const SERVICE = Buffer.from("HTTP");
const KEY = `${HOST.toString("latin1")}\0HTTP`;
const schema = JSON.parse(
  readFileSync(new URL("../../../docs/schema/bridge-checks.json", import.meta.url), "utf8"),
);

const result: CheckResult = {
  ...{ type: "active", hostName: HOST, serviceDescription: SERVICE, returnCode: 1 },
  ...{ exitedOk: true, earlyTimeout: false, scheduledCheck: true, output: Buffer.from("secret") },
  source: Buffer.from("Mod-Gearman Worker @ w1"),
};
const micros = (ms: number): bigint => BigInt(ms) * 1000n;

function setup() {
  const clock = new ManualClock();
  clock.setTimeOfDay(1_700_000_000_000);
  const logger = memoryLogger();
  const hops = new HopTallies();
  const times = new CheckTimes(clock, logger, hops);
  const outstanding = new OutstandingChecks({
    clock,
    ...{ isKnown: async () => true, isReplaced: () => false, mayAsk: () => false, drainedSince: () => false },
    ...{ onLost: () => undefined, onMoved: () => undefined, submit: () => Promise.reject(new Error("no")) },
    ...OUTSTANDING_LIMITS,
  });
  onTestFinished(() => outstanding.close());
  return { clock, logger, hops, times, outstanding, report: new ChecksReport(outstanding, times) };
}

type World = ReturnType<typeof setup>;

/** A check whose worker's clock is `ahead`; 10 ms at each hop, but 500 more at hop `slow`. */
async function run({ clock, outstanding, times }: World, slow = -1, ahead = 0): Promise<void> {
  let hop = 0;
  const pass = async () => {
    await clock.advance(hop === slow ? 510 : 10);
    hop += 1;
    return micros(clock.wallMs());
  };
  const core_time = micros(clock.wallMs());
  const taken_time = await pass();
  await pass();
  const queue = Buffer.from("service");
  const claim = outstanding.claim(KEY, "u1", { queue, core_time, taken_time });
  await pass();
  const plain = {
    queue,
    unique: Buffer.from("u1"),
    text: Buffer.from("/bin/true"),
    priority: "normal",
  } as const;
  const handle = Buffer.from("H:a:1");
  const server = { host: "a", port: 1 };
  outstanding.accept(claim, { handle, server, timeoutMs: 60_000, coreTime: core_time, plain });
  const ofWorker = async () => (await pass()) + micros(ahead);
  const grabbedTime = await ofWorker();
  const startTime = await ofWorker();
  const finishTime = await ofWorker();
  const sentTime = await ofWorker();
  await pass();
  const row = outstanding.remove(HOST, SERVICE);
  if (row === undefined) throw new Error("no row");
  const timeline = times.arrived(row, { ...result, grabbedTime, startTime, finishTime, sentTime });
  await pass();
  times.applied(timeline);
}

test.for(
  ["core", "handover", "submit", "wait", "start", "plugin", "send", "return", "apply"].flatMap((hop, at) =>
    [0, 90_000, -90_000].map((ahead) => [hop, at, ahead] as const),
  ),
)("500 ms at hop %s (%i) are found there, worker's clock %i ms ahead", async ([hop, slow, ahead]) => {
  const world = setup();
  await run(world, -1, ahead); // shows what the clocks are
  const before = new Map([...world.hops].map((one) => [one.hop, one.tally.sumSeconds]));
  await run(world, slow, ahead);
  const found = [...world.hops].map(
    (one) => [one.hop, one.tally.sumSeconds - (before.get(one.hop) ?? 0)] as const,
  );
  const [largest] = found.toSorted((a, b) => b[1] - a[1]);
  expect(largest?.[0]).toBe(hop);
  expect(largest?.[1]).toBeGreaterThan(0.45);
  expect(world.report.checks()[0]?.clockDifferenceMs).toBe(ahead === 0 ? 0 : ahead - 10);
});

test("checks under way and finished ones are shown by the schema, without command and output", async () => {
  const world = setup();
  await run(world);
  const queue = Buffer.from("service");
  const core_time = micros(world.clock.wallMs());
  await world.clock.advance(5);
  const claim = world.outstanding.claim(KEY, "u2", { queue, core_time, taken_time: undefined });
  const text = JSON.stringify({ checks: world.report.checks({ host: "wéb01", service: "HTTP" }) });
  expect(text).not.toMatch(/secret|bin/);
  const { checks } = z.fromJSONSchema(schema).parse(JSON.parse(text)) as {
    checks: ReturnType<ChecksReport["checks"]>;
  };
  const underWay = { planned: world.clock.wallMs() - 5, accepted: world.clock.wallMs() };
  expect(checks).toMatchObject([
    {
      host: "wéb01",
      service: "HTTP",
      worker: null,
      state: null,
      unique: "u2",
      timesMs: { ...underWay, taken: null, queued: null, applied: null },
    },
    { queue: "service", worker: "w1", state: 1, unique: "u1", clockDifferenceMs: 0 },
  ]);
  world.outstanding.release(claim);
  const { planned, applied } = checks[1]?.timesMs ?? {};
  expect(Number(applied) - Number(planned)).toBe(90);
  expect(world.report.checks({ host: "wéb01", service: undefined })).toEqual([]);
  expect(world.report.checks()).toHaveLength(1);
  expect(checks.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([null, 60]);
  expect(world.report.slowest()).toEqual(world.report.checks());
});

test("the slowest are looked for once a second, as often as they are asked for", async () => {
  const world = setup();
  await run(world);
  const first = world.report.slowest();
  await run(world, 5);
  expect(world.report.slowest()).toBe(first);
  await world.clock.advance(1000);
  const [newest] = world.report.slowest();
  expect(Number(newest?.timesMs.ended) - Number(newest?.timesMs.started)).toBe(510);
});

test("an object that did not run for an hour is none of the slowest; its last run is still shown", async () => {
  const world = setup();
  await run(world);
  await world.clock.advance(3_500_000);
  expect(world.report.slowest()).toHaveLength(1);
  await world.clock.advance(100_001);
  expect(world.report.slowest()).toEqual([]);
  expect(world.report.checks()).toHaveLength(1);
});

test("a result that comes before the acknowledgement of its job has its times too", async () => {
  const world = setup();
  const claim = world.outstanding.claim(KEY, "u1", {
    queue: Buffer.from("q"),
    core_time: micros(world.clock.wallMs()),
    taken_time: undefined,
  });
  await world.clock.advance(7);
  expect(world.outstanding.remove(HOST, SERVICE)).toBe(claim);
  world.times.applied(world.times.arrived(claim, result));
  expect(world.report.checks({ host: "wéb01", service: "HTTP" })).toMatchObject([
    { queue: "q", timesMs: { queued: null, started: null }, clockDifferenceMs: null },
  ]);
  expect([...world.hops].map(({ hop, tally }) => [hop, tally.sumSeconds])).toEqual([
    ["core", 0],
    ["plugin", 0.007],
    ["apply", 0],
  ]);
});

test("the last 8,192 are kept; what the core confirms later is not mixed with another one", async () => {
  const { clock, times, outstanding, report } = setup();
  const claim = outstanding.claim("h", "");
  const first = times.arrived(claim, result);
  for (let count = 0; count < 8192; count++) times.arrived({ ...claim, key: "other" }, result);
  times.applied(first);
  times.applied(-1);
  outstanding.release(claim);
  expect(report.checks({ host: "h", service: undefined })).toEqual([]);
  expect(report.checks({ host: "other", service: undefined })).toHaveLength(100);
  expect(report.checks().every(({ timesMs }) => timesMs.applied === null)).toBe(true);
  expect(clock.pending).toBe(1);
});

test("debug has a line of each", async () => {
  const world = setup();
  await run(world);
  expect(world.logger.lines).toEqual([
    "debug: times of wéb01 HTTP: core 10, handover 10, submit 10, wait 10, start 10, plugin 10, send 10, return 10, apply 10 ms " +
      "[queue service, worker w1, clock difference 0 ms]",
  ]);
});

test("queues are counted one by one up to thirty, then together", () => {
  const hops = new HopTallies();
  for (let queue = 0; queue < 40; queue++) {
    hops.begin(`q${queue}`);
    hops.add(3, 3, 4, 10);
  }
  const found = [...hops];
  expect(found).toHaveLength(31);
  expect(found.at(-1)).toMatchObject({ queue: "other", hop: "wait" });
  expect(found.at(-1)?.tally.count).toBe(10);
});
