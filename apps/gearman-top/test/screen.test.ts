import { describe, expect, test } from "vitest";
import type { WorkersAnswer } from "../src/answer.ts";
import { cellWidth } from "../src/cells.ts";
import { classicRows, printClassic } from "../src/classic.ts";
import { type Controls, initialControls } from "../src/controls.ts";
import { newServer, type ServerModel, withAnswer } from "../src/model.ts";
import { screen } from "../src/screen.ts";
import type { TopState } from "../src/session.ts";

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
  const whole = texts(state([model()]), { columns: 1000, rows: 1000 });
  const shown = texts(state([model()]), { columns, rows });
  expect(shown).toEqual(whole.slice(0, rows).map((line) => line.slice(0, columns)));
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

test("the selected row is marked, and visible with the end of its table", () => {
  const queues = Array.from({ length: 50 }, (_, at) => ({ ...QUEUES[0], queue: Buffer.from(`q${10 + at}`) }));
  const many = model(queues as typeof QUEUES);
  const lines = texts(state([many], { selected: { server: 0, key: "q59" } }), { columns: 80, rows: 10 });
  expect(lines.filter((line) => line.startsWith(">"))).toHaveLength(1);
  expect(lines.at(-2)).toMatch(/^>q59/);
  expect(lines.at(-1)).toMatch(/^-+$/);
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
