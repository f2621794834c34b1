import { describe, expect, test } from "vitest";
import type { WorkersAnswer } from "../src/answer.ts";
import { cellWidth } from "../src/cells.ts";
import { classicRows, printClassic } from "../src/classic.ts";
import { type Controls, initialControls } from "../src/controls.ts";
import { newServer, type ServerModel, withAnswer } from "../src/model.ts";
import { screen } from "../src/screen.ts";
import type { TopState } from "../src/top-state.ts";

const SIZE = { columns: 120, rows: 40 };
const TIME = "2026-11-21 08:03:00";
const QUEUES = [
  { queue: Buffer.from("service"), total: 13, running: 5, workers: 5 },
  { queue: Buffer.from("a_queue_with_a_long_name"), total: 0, running: 0, workers: 1 },
  { queue: Buffer.from("orphan"), total: 4, running: 0, workers: 0 },
];

function model(queues = QUEUES, server = "127.0.0.1:4730"): ServerModel {
  return withAnswer(newServer(server), { kind: "queues", queues, version: Buffer.from("1.1.20") }, 0);
}

function state(servers: ServerModel[], controls: Partial<Controls> = {}, workers?: WorkersAnswer): TopState {
  return {
    servers,
    time: TIME,
    controls: { ...initialControls(false), ...controls },
    workers,
    tookMs: undefined,
    hideEmpty: false,
  };
}
const texts = (...args: Parameters<typeof screen>) => screen(...args).map((line) => line.text);

describe("the initial screen", () => {
  const down = withAnswer(newServer("down:1"), { kind: "failure", message: "failed to connect" }, 0);

  test("the classic text, line by line", () => {
    const servers = [model(), down, model([], "empty:1")];
    const expected = servers.map((one) =>
      printClassic({
        time: TIME,
        server: one.server,
        content: one.answer?.kind === "queues" ? classicRows(one.answer.queues, false) : "failed to connect",
        ...(one.version && { version: one.version }),
      }),
    );
    const classic = Buffer.concat(expected).toString().slice(0, -1).split("\n");
    expect(texts(state(servers), SIZE)).toEqual(classic);
  });

  test("a server that has not answered yet is shown with its first line", () => {
    expect(texts(state([newServer("slow:1")]), SIZE)).toEqual([`${TIME}  -  slow:1`, ""]);
  });

  test("no colour and nothing faint", () => {
    expect(screen(state([model(), down]), SIZE).filter((line) => line.colour || line.isDim)).toEqual([]);
  });
});

test.for([
  [120, 3],
  [10, 40],
  [33, 5],
  [1, 1],
] as const)("%d columns and %d rows: cut, not wrapped (T16)", ([columns, rows]) => {
  const shown = texts(state([model()]), { columns, rows });
  expect(shown).toHaveLength(Math.min(rows, 8));
  expect(Math.max(...shown.map(cellWidth))).toBeLessThanOrEqual(columns);
});

test("on a still narrower terminal columns are as wide as what is in them, and none that was asked for is lost", () => {
  expect(texts(state([model()]), { columns: 30, rows: 20 })[5]).toBe(" orphan             0    4   0");
  for (const columns of [40, 38]) {
    const shown = texts(state([model()], { rates: true, oldest: true, highlight: true }), {
      columns,
      rows: 20,
    });
    const [title = "", rule, ...rows] = shown.slice(2, 7);
    expect(title.split(/ +/).slice(-6)).toEqual(["Wkr", "Wait", "Run", "In/s", "Out/s", "Age"]);
    expect(rule).toMatch(/^-+$/);
    for (const line of [title, rule, ...rows]) {
      expect(line?.length).toBeLessThanOrEqual(columns);
      expect(line).not.toMatch(/>$/);
    }
    expect(rows.find((line) => line.startsWith(" orphan"))).toMatch(/^ orphan +! /);
  }
  const selected = { server: 0, key: "orphan" };
  expect(texts(state([model()], { selected }), { columns: 30, rows: 20 })[5]).toMatch(/^>orphan/);
});

test("a table that does not fit has short titles and narrow numbers, then cut names; signs show what is cut", () => {
  expect(texts(state([model()]), { columns: 62, rows: 20 }).slice(2, 8)).toEqual([
    " Queue Name               |  Wkr |    Wait |     Run",
    "-".repeat(53),
    " a_queue_with_a_long_name |    1 |       0 |       0 ",
    " orphan                   |    0 |       4 |       0 ",
    " service                  |    5 |       8 |       5 ",
    "-".repeat(53),
  ]);
  expect(texts(state([model()]), { columns: 40, rows: 20 }).slice(0, 5)).toEqual([
    "2026-11-21 08:03:00  -  127.0.0.1:4730 >",
    "",
    " Queue Name  |  Wkr |    Wait |     Run",
    "-".repeat(40),
    " a_queue_wi> |    1 |       0 |       0 ",
  ]);
});

test("rows that do not fit are counted above and below", () => {
  const queues = Array.from({ length: 30 }, (_, at) => ({ ...QUEUES[0], queue: Buffer.from(`q${10 + at}`) }));
  const many = model(queues as typeof QUEUES);
  const at = (key: string, rows = 10): string[] =>
    texts(state([many], { selected: { server: 0, key } }), { columns: 80, rows });
  expect(texts(state([many]), { columns: 80, rows: 10 }).at(-1)).toBe(" v 26 more lines");
  const middle = at("q25");
  expect([middle[0], middle.at(-1)]).toEqual([" ^ 13 more lines", " v 14 more lines"]);
  expect(middle.some((line) => line.startsWith(">q25"))).toBe(true);
  expect(at("q39")[0]).toBe(" ^ 26 more lines");
  expect(at("q39").at(-1)).toMatch(/^-+$/);
  for (const rows of [5, 6, 7])
    for (const { queue } of queues)
      expect(at(`${queue}`, rows).filter((line) => line.startsWith(">q"))).toHaveLength(1);
});

test("the help fits a small screen in width and height", () => {
  for (const columns of [20, 40, 80]) {
    const lines = texts(state([model()], { help: true, sort: "rate" }), { columns, rows: 10 });
    expect(lines).toHaveLength(10);
    expect(Math.max(...lines.map(cellWidth))).toBeLessThanOrEqual(columns);
  }
  expect(texts(state([model()], { help: true }), { columns: 20, rows: 2 })).toHaveLength(2);
});

test("wide names keep the columns aligned", () => {
  const queues = [
    { queue: Buffer.from("日本語"), total: 0, running: 0, workers: 1 },
    { queue: Buffer.from("m\u00fcnchen\u001b"), total: 0, running: 0, workers: 1 },
  ];
  const lines = texts(state([model(queues)]), SIZE);
  expect(lines[4]).toBe(" münchen?     |               1  |           0  |           0 ");
  expect(lines[5]).toBe(" 日本語       |               1  |           0  |           0 ");
});

test("-q and filter", () => {
  const empty = { queue: Buffer.from("empty"), total: 0, running: 0, workers: 0 };
  const quiet = { ...state([model([...QUEUES, empty])]), hideEmpty: true };
  expect(texts(quiet, SIZE).join()).not.toContain("empty");
  const lines = texts(state([model()], { filter: "ORPH" }), SIZE);
  expect(lines[4]).toMatch(/^ orphan {7}\|/);
  expect(lines.at(-1)).toBe(" filter: ORPH");
});

test("highlight: marks; colours only when switched on", () => {
  const marked = screen(state([model()], { highlight: true }), SIZE);
  expect(marked.find((line) => line.text.startsWith(" orphan"))).toEqual({
    text: " orphan                   |               0  |           4  |           0!",
  });
  const coloured = screen(state([model()], { highlight: true, colours: true }), SIZE);
  expect(coloured.filter((line) => line.colour).map((line) => [line.text.slice(0, 7), line.colour])).toEqual([
    [" orphan", "red"],
  ]);
});

test("trend and rates widen the table and its rules equally", () => {
  const lines = texts(state([model()], { trend: true, rates: true }), { columns: 200, rows: 40 });
  expect(lines[2]).toMatch(/\| +In\/s \| +Out\/s \| Waiting +$/);
  expect(lines[3]).toBe("-".repeat((lines[2] ?? "").length + 1));
  expect(lines[6]).toMatch(/ 5 {2}\| +- \| +- \| {20}█$/);
});

test("oldest: the age of each queue, where the server says it", () => {
  const counted = (key: string, oldestSeconds: number | undefined) =>
    [key, { queue: Buffer.from(key), waiting: 1, grabs: 5, requeued: 0, dropped: 0, oldestSeconds }] as const;
  const answer = { kind: "queues", queues: QUEUES } as const;
  const counters = new Map([counted("service", 605), counted("orphan", 200_000)]);
  const aged = withAnswer(newServer("s:1"), answer, 0, counters);
  const lines = texts(state([aged], { oldest: true }), SIZE);
  expect(lines.slice(2, 7).map((line) => line.slice(-9))).toEqual([
    "|  Oldest",
    "---------",
    "|       -",
    "|   2d07h",
    "|  10m05s",
  ]);
});

test("rates of a server with totals are named as exact", () => {
  const answer = { kind: "queues", queues: QUEUES.slice(0, 1) } as const;
  const counters = (grabs: number) =>
    new Map([
      [
        "service",
        { queue: Buffer.from("service"), waiting: 8, oldestSeconds: 1, grabs, requeued: 0, dropped: 0 },
      ],
    ]);
  const first = withAnswer(newServer("s:1"), answer, 0, counters(10));
  const exact = withAnswer(first, answer, 1000, counters(20));
  const lines = texts(state([exact], { rates: true }), SIZE);
  expect(lines[4]).toMatch(/\| {5}10\.0 \| {5}10\.0$/);
  expect(lines.at(-1)).toBe(" In/s added, Out/s given to workers");
  const least = texts(state([exact, model()], { rates: true }), SIZE);
  expect(least.at(-1)).toBe(" In/s and Out/s at least, - unknown");
});

test("the selected row is marked, and visible with the end of its table", () => {
  const queues = Array.from({ length: 50 }, (_, at) => ({ ...QUEUES[0], queue: Buffer.from(`q${10 + at}`) }));
  const many = model(queues as typeof QUEUES);
  const lines = texts(state([many], { selected: { server: 0, key: "q59" } }), { columns: 80, rows: 10 });
  expect(lines.filter((line) => line.startsWith(">"))).toHaveLength(1);
  expect(lines.at(-2)).toMatch(/^>q59/);
  expect(lines.at(-1)).toMatch(/^-+$/);
});

test("details longer than the screen are scrolled", () => {
  const selected = { server: 0, key: "service" };
  const many = Array.from({ length: 100 }, (_, at) => ({
    fd: at,
    ip: Buffer.from("10.0.0.7"),
    id: Buffer.from(`worker-${at}@mod_gearman_worker/5.1`),
    functions: [Buffer.from("service")],
  }));
  const shown = (scrolled: number) =>
    texts(state([model()], { details: true, selected, scrolled }, { kind: "workers", workers: many }), {
      columns: 80,
      rows: 12,
    });
  expect(shown(0).at(-1)).toMatch(/^ v \d+ more lines$/);
  expect(shown(60)[0]).toBe(" ^ 61 more lines");
  expect(shown(60).join()).toContain("worker-52@mod_gearman_worker/5.1");
  expect(shown(1000).at(-1)).toContain("worker-99@");
});

describe("details", () => {
  const selected = { server: 0, key: "service" };
  const worker = (id: string, ...functions: string[]) => ({
    fd: 1,
    ip: Buffer.from("10.0.0.7"),
    id: Buffer.from(id),
    functions: functions.map((name) => Buffer.from(name)),
  });

  test("of a queue with known rates", () => {
    const queues = [{ queue: Buffer.from("service"), total: 15, running: 5, workers: 5 }];
    const later = withAnswer(model(), { kind: "queues", queues }, 2000);
    const workers: WorkersAnswer = {
      kind: "workers",
      workers: [worker("one \u001b[2J", "service", "host"), worker("", "service"), worker("three", "host")],
    };
    expect(texts(state([later], { details: true, selected }, workers), SIZE)).toEqual([
      `${TIME}  -  127.0.0.1:4730  -  v1.1.20`,
      "",
      " Queue service",
      "",
      " Worker Available | 5",
      " Jobs Waiting     | 10",
      " Jobs Running     | 5",
      " Jobs/s           | at least 1.0 arrived, 0.0 finished",
      " Waiting, trend   | ▇█ (highest 10)",
      "",
      " Workers: 2",
      "   Id       | Address  | Other queues",
      "   one ?[2J | 10.0.0.7 | host",
      "   -        | 10.0.0.7 | -",
    ]);
  });

  test("unknown rates, workers not known yet, no worker, a failure", () => {
    const shown = (workers?: WorkersAnswer) =>
      texts(state([model()], { details: true, selected }, workers), SIZE);
    expect(shown()).toContain(" Jobs/s           | unknown");
    expect(shown().at(-1)).toBe(" Workers: waiting for the answer");
    expect(shown({ kind: "workers", workers: [] }).at(-1)).toBe(" Workers: 0");
    expect(shown({ kind: "failure", message: "too late" }).at(-1)).toBe(" Workers: too late");
  });

  test("a queue that disappeared; a server that is down", () => {
    const gone = state([model([])], { details: true, selected });
    expect(texts(gone, SIZE)[4]).toBe(" the server does not know this queue any more");
    const down = withAnswer(model(), { kind: "failure", message: "refused" }, 1);
    expect(texts(state([down], { details: true, selected }), SIZE)[4]).toBe(" refused");
  });
});

test("settings are shown below the tables", () => {
  const controls = { paused: true, sort: "running", reverse: true, isEditing: true, filter: "a" } as const;
  const shown = { ...state([model()], controls), tookMs: [1.25] };
  expect(texts(shown, SIZE).at(-1)).toBe(
    " paused | sorted by running | reversed | filter: a_ | 127.0.0.1:4730: 1.3 ms",
  );
});
