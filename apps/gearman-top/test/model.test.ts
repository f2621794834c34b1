import type { QueueCounters } from "@mod-gearman/protocol";
import { describe, expect, test } from "vitest";
import type { Answer, CountersAnswer } from "../src/answer.ts";
import {
  HISTORY_QUEUES,
  HISTORY_SAMPLES,
  newServer,
  type Row,
  type RowQuery,
  rowsOf,
  type ServerModel,
  withAnswer,
  withGap,
} from "../src/model.ts";

const ALL: RowQuery = { hideEmpty: false, filter: "", sort: "name", reverse: false };
const DOWN: Answer = { kind: "failure", message: "down" };

/** `name: [total, running, workers]` */
function answer(queues: Record<string, [number, number, number]>, version?: string): Answer {
  const list = Object.entries(queues).map(([name, [total, running, workers]]) => ({
    queue: Buffer.from(name),
    total,
    running,
    workers,
  }));
  return { kind: "queues", queues: list, ...(version !== undefined && { version: Buffer.from(version) }) };
}

/** One answer a second about a queue `q`; undefined: the server was down. */
function observe(totals: readonly (number | undefined)[], running = 0, workers = 1): ServerModel {
  return totals.reduce<ServerModel>(
    (model, total, at) =>
      withAnswer(model, total === undefined ? DOWN : answer({ q: [total, running, workers] }), at * 1000),
    newServer("s:1"),
  );
}
const only = (model: ServerModel) => rowsOf(model, ALL)[0];

describe("version", () => {
  test("the last known version is kept while the server is down or does not send it (T6)", () => {
    const heard = withAnswer(newServer("s:1"), answer({}, "1.1.20"), 0);
    expect(withAnswer(heard, DOWN, 1).version).toEqual(Buffer.from("1.1.20"));
    expect(withAnswer(heard, answer({}), 1).version).toEqual(Buffer.from("1.1.20"));
    expect(withAnswer(heard, answer({}, "2"), 1).version).toEqual(Buffer.from("2"));
  });
});

describe("jobs per second", () => {
  test.for<[string, (number | undefined)[], number, unknown]>([
    ["one answer", [3], 0, undefined],
    ["two answers", [3, 5], 0, { arrived: 2, finished: 0, isExact: false }],
    ["ups and downs", [0, 6, 2, 2], 0, { arrived: 2, finished: 4 / 3, isExact: false }],
    ["idle, or jobs that workers took between two answers", [0, 0, 0], 0, undefined],
    ["a backlog without change", [4, 4], 0, { arrived: 0, finished: 0, isExact: false }],
    ["busy without any step: as many may come as go", [4, 4], 2, undefined],
    ["the time across an outage is unknown", [0, 100, undefined, 500], 0, undefined],
    [
      "it counts from the first answer after an outage",
      [0, undefined, 500, 501],
      0,
      { arrived: 1, finished: 0, isExact: false },
    ],
    ["only the last ten steps", [1000, ...Array(11).fill(7)], 0, { arrived: 0, finished: 0, isExact: false }],
  ])("%s", ([, totals, running, rates]) => expect(only(observe(totals, running))?.rates).toEqual(rates));

  test("none without worker, as long as nothing moves", () => {
    expect(only(observe([0, 0], 0, 0))?.rates).toEqual({ arrived: 0, finished: 0, isExact: false });
  });

  test("unknown again after a gap", () => {
    const paused = withGap(observe([1, 2, 3]));
    expect(only(paused)?.rates).toBeUndefined();
    expect(only(withAnswer(paused, answer({ q: [50, 0, 1] }), 99_000))?.rates).toBeUndefined();
  });
});

describe("totals of the server", () => {
  const counters = (grabs: number, more: Partial<QueueCounters> = {}): CountersAnswer => {
    const one = {
      queue: Buffer.from("q"),
      waiting: 0,
      oldestSeconds: undefined,
      grabs,
      requeued: 0,
      dropped: 0,
    };
    return new Map([["q", { ...one, ...more }]]);
  };
  const seen = (answers: readonly (CountersAnswer | undefined)[]): Row | undefined =>
    only(
      answers.reduce<ServerModel>(
        (model, one, at) => withAnswer(model, answer({ q: [0, 0, 1] }), at * 1000, one),
        newServer("s:1"),
      ),
    );

  test.for<[string, (CountersAnswer | undefined)[], unknown]>([
    [
      "jobs that come and go unseen",
      [counters(100), counters(110), counters(120)],
      { arrived: 10, finished: 10 },
    ],
    ["a backlog", [counters(5), counters(7, { waiting: 3 })], { arrived: 5, finished: 2 }],
    ["given out twice", [counters(5), counters(9, { requeued: 1, waiting: 0 })], { arrived: 3, finished: 3 }],
    [
      "dropped while they waited",
      [counters(5, { waiting: 2 }), counters(5, { dropped: 4 })],
      { arrived: 2, finished: 0 },
    ],
    [
      "cancelled jobs are none that arrived",
      [counters(5, { waiting: 9 }), counters(5)],
      { arrived: 0, finished: 0 },
    ],
    [
      "from the restart of the server on",
      [counters(500), counters(3), counters(4)],
      { arrived: 1, finished: 1 },
    ],
  ])("%s", ([, answers, rates]) =>
    expect(seen(answers)?.rates).toEqual({ ...(rates as object), isExact: true }),
  );

  test("not known with one answer, or while the server does not send them", () => {
    expect(seen([counters(5)])?.rates).toBeUndefined();
    expect(seen([counters(5), undefined])?.rates).toBeUndefined();
    expect(seen([counters(5), undefined, counters(9)])?.rates).toBeUndefined();
  });

  test("age of the oldest waiting job, as of the last answer; sorted by it", () => {
    expect(seen([counters(1, { oldestSeconds: 70 })])?.oldestSeconds).toBe(70);
    expect(seen([counters(1, { oldestSeconds: 70 }), undefined])?.oldestSeconds).toBeUndefined();
    const queues = answer({ a: [1, 0, 1], b: [1, 0, 1], c: [0, 0, 1] });
    const old = (key: string, oldestSeconds: number) =>
      [...counters(1, { oldestSeconds })].map(([, one]) => [key, one] as const);
    const model = withAnswer(newServer("s:1"), queues, 0, new Map([...old("a", 3), ...old("b", 40)]));
    expect(rowsOf(model, { ...ALL, sort: "oldest" }).map(({ name }) => name)).toEqual(["b", "a", "c"]);
  });
});

describe("alarms", () => {
  test.for<[string, number[], number, unknown]>([
    ["no worker", [0], 0, "no-worker"],
    ["no worker, growing", [1, 2, 3], 0, "no-worker"],
    ["growing", [1, 2, 3], 1, "growing"],
    ["growing with a rest", [1, 3, 3], 1, "growing"],
    ["too little seen", [1, 3], 1, undefined],
    ["larger, but it has been larger still", [1, 9, 3], 1, undefined],
    ["shrinking", [3, 2, 1], 1, undefined],
    ["level", [2, 2, 2], 1, undefined],
  ])("%s", ([, totals, workers, alarm]) => expect(only(observe(totals, 0, workers))?.alarm).toBe(alarm));
});

describe("bounds", () => {
  test("a queue's history", () => {
    const row = only(observe(Array.from({ length: 500 }, (_, at) => at)));
    expect(row?.trend).toHaveLength(HISTORY_SAMPLES);
    expect(row?.trend.at(-1)).toBe(499);
  });

  test("queues with a history; all are shown", () => {
    const many = answer(
      Object.fromEntries(Array.from({ length: HISTORY_QUEUES + 10 }, (_, at) => [`q${at}`, [1, 0, 1]])),
    );
    const model = withAnswer(withAnswer(newServer("s:1"), many, 0), many, 1000);
    expect(model.histories.size).toBe(HISTORY_QUEUES);
    expect(rowsOf(model, ALL)).toHaveLength(HISTORY_QUEUES + 10);
  });

  test("queues that the server no longer lists are dropped", () => {
    const model = withAnswer(observe([1, 2]), answer({ other: [0, 0, 1] }), 3000);
    expect([...model.histories.keys()]).toEqual(["other"]);
  });
});

describe("rows", () => {
  const model = withAnswer(
    withAnswer(newServer("s:1"), answer({ a: [0, 0, 0], b: [0, 0, 5], C: [9, 1, 1], d: [9, 9, 1] }), 0),
    answer({ a: [0, 0, 0], b: [3, 0, 5], C: [9, 1, 1], d: [9, 9, 1] }),
    1000,
  );
  const names = (wanted: Partial<RowQuery>) => rowsOf(model, { ...ALL, ...wanted }).map((row) => row.name);

  test.for<[string, Partial<RowQuery>, string[]]>([
    ["by name: bytes", {}, ["C", "a", "b", "d"]],
    ["reversed", { reverse: true }, ["d", "b", "a", "C"]],
    ["by workers, equal ones by name", { sort: "workers" }, ["b", "C", "d", "a"]],
    ["by waiting", { sort: "waiting" }, ["C", "b", "a", "d"]],
    ["by running", { sort: "running" }, ["d", "C", "a", "b"]],
    ["by rate, unknown ones last", { sort: "rate" }, ["b", "a", "C", "d"]],
    ["filter: any case", { filter: "c" }, ["C"]],
    ["filter without match", { filter: "x" }, []],
    ["hide empty", { hideEmpty: true }, ["C", "b", "d"]],
  ])("%s", ([, wanted, order]) => expect(names(wanted)).toEqual(order));

  test("there are none for a server that is down", () =>
    expect(rowsOf(withAnswer(model, DOWN, 2000), ALL)).toEqual([]));

  test("names that differ only in unprintable bytes are distinct", () => {
    const twins = withAnswer(newServer("s:1"), answer({ "a\u0001": [1, 0, 1], "a\u0002": [2, 0, 1] }), 0);
    expect(rowsOf(twins, ALL).map(({ name, waiting }) => [name, waiting])).toEqual([
      ["a?", 1],
      ["a?", 2],
    ]);
  });
});
