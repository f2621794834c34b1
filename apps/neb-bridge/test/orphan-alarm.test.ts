import { memoryLogger } from "@mod-gearman/observe";
import { expect, test } from "vitest";
import { type AlarmSettings, OrphanAlarm, type WaitingCheck } from "../src/orphan-alarm.ts";

const ONE = { host: "one", port: 4730 };
const TWO = { host: "two", port: 4730 };
const check = (key: string, queue = "q", server = ONE, acceptedAt = 0): WaitingCheck => ({
  ...{ key, queue, server, acceptedAt },
});
const service = (name: string, queue?: string, server = ONE, acceptedAt = 0): WaitingCheck =>
  check(`h\0${name}`, queue, server, acceptedAt);
const empty = { total: 5, running: 0, workers: 0 };

function setup(checks: WaitingCheck[], over: Partial<AlarmSettings> = {}) {
  const settings = { afterMs: 300_000, hostChecks: true, serviceChecks: true, ...over };
  const logger = memoryLogger();
  const withdrawn: string[][] = [];
  const answered: string[] = [];
  const state = { mayAnswer: true };
  const alarm = new OrphanAlarm({
    logger,
    settings: () => settings,
    checks: () => checks,
    withdraw: async (_, batch) => {
      withdrawn.push(batch.map(({ key }) => key));
    },
    answer: ({ key }) => answered.push(key.split("\0").at(-1) ?? ""),
    mayAnswer: () => state.mayAnswer,
  });
  const status = (askedAt: number, queues: Record<string, typeof empty>, server = ONE) =>
    alarm.onStatus({ server, askedAt, queues: new Map(Object.entries(queues)) });
  return { alarm, status, answered, withdrawn, state, lines: logger.lines };
}

test("a queue with waiting jobs and no worker for 300 s: jobs withdrawn, then each check answered, one line", async () => {
  const { status, answered, withdrawn, lines } = setup([service("a"), check("b"), service("c", "other")]);
  await status(1000, { q: empty, other: { ...empty, workers: 1 } });
  await status(300_999, { q: empty });
  expect(answered).toEqual([]);
  await status(301_000, { q: empty, other: { ...empty, workers: 1 } });
  expect(withdrawn).toEqual([["h\0a", "b"]]);
  expect(answered).toEqual(["a", "b"]);
  await status(306_000, { q: empty });
  expect(lines).toEqual([
    "error: queue 'q' on one:4730 has had no worker for 300 s: checks that wait in it get the orphan result",
  ]);
});

test("a worker that was there in between starts the time again, and the next alarm has its line", async () => {
  const { status, answered, lines } = setup([service("a")]);
  await status(0, { q: empty });
  await status(200_000, { q: { ...empty, workers: 1 } });
  await status(250_000, { q: empty });
  await status(500_000, { q: empty });
  expect(answered).toEqual([]);
  await status(550_000, { q: empty });
  await status(560_000, { q: { total: 0, running: 0, workers: 0 } });
  await status(570_000, { q: empty });
  await status(870_000, { q: empty });
  expect(answered).toEqual(["a", "a"]);
  expect(lines).toHaveLength(2);
});

test("only what waited on that server when it was asked", async () => {
  const late = service("late", "q", ONE, 300_000);
  const { status, answered } = setup([service("here"), service("there", "q", TWO), late]);
  await status(0, { q: empty });
  await status(300_000, { q: empty }, TWO);
  await status(300_000, { q: empty });
  expect(answered).toEqual(["here"]);
});

test("a worker that has withdrawn the queue and still runs a job: nothing is answered before it is done", async () => {
  const { status, answered } = setup([service("a")]);
  await status(0, { q: { ...empty, running: 1 } });
  await status(300_000, { q: { ...empty, running: 1 } });
  expect(answered).toEqual([]);
  await status(305_000, { q: empty });
  expect(answered).toEqual(["a"]);
});

test.for<[Partial<AlarmSettings>, string[], boolean]>([
  [{ hostChecks: false }, ["a"], true],
  [{ serviceChecks: false }, ["b"], true],
  [{ hostChecks: false, serviceChecks: false }, [], false],
  [{ afterMs: 0 }, [], false],
])("%o", async ([over, expected, isOn]) => {
  const { alarm, status, answered } = setup([service("a"), check("b")], over);
  await status(0, { q: empty });
  await status(900_000, { q: empty });
  expect(answered).toEqual(expected);
  expect(alarm.isOn).toBe(isOn);
});

test("without a core nothing is withdrawn, and all of many is answered in batches", async () => {
  const many = Array.from({ length: 25_000 }, (_, at) => service(`s${at}`, at % 20 === 0 ? "q" : "busy"));
  const { status, answered, withdrawn, state } = setup(many);
  state.mayAnswer = false;
  await status(0, { q: empty });
  await status(300_000, { q: empty });
  expect(withdrawn).toEqual([]);
  state.mayAnswer = true;
  await status(305_000, { q: empty });
  expect(answered).toHaveLength(1250);
  expect(Math.max(...withdrawn.map(({ length }) => length))).toBe(500);
});
