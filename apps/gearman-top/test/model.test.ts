import { describe, expect, test } from "vitest";
import type { Answer } from "../src/answer.ts";
import {
  HISTORY_QUEUES,
  HISTORY_SAMPLES,
  newServer,
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
    ["two answers", [3, 5], 0, { arrived: 2, finished: 0 }],
    ["ups and downs", [0, 6, 2, 2], 0, { arrived: 2, finished: 4 / 3 }],
    ["idle", [0, 0, 0], 0, { arrived: 0, finished: 0 }],
    ["a backlog without change", [4, 4], 0, { arrived: 0, finished: 0 }],
    ["busy without any step: as many may come as go", [4, 4], 2, undefined],
    ["the time across an outage is unknown", [0, 100, undefined, 500], 0, undefined],
    [
      "it counts from the first answer after an outage",
      [0, undefined, 500, 501],
      0,
      { arrived: 1, finished: 0 },
    ],
    ["only the last ten steps", [1000, ...Array(11).fill(0)], 0, { arrived: 0, finished: 0 }],
  ])("%s", ([, totals, running, rates]) => expect(only(observe(totals, running))?.rates).toEqual(rates));

  test("unknown again after a gap", () => {
    const paused = withGap(observe([1, 2, 3]));
    expect(only(paused)?.rates).toBeUndefined();
    expect(only(withAnswer(paused, answer({ q: [50, 0, 1] }), 99_000))?.rates).toBeUndefined();
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
