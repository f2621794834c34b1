import { describe, expect, test } from "vitest";
import { type ClassicRow, classicRows, printClassic, printTime } from "../src/classic.ts";

const at = { time: "2026-11-21 08:03:00", server: "some:4730" };
const row = (queue: string, workers = 0, waiting = 0, running = 0): ClassicRow => ({
  queue: Buffer.from(queue),
  workers,
  waiting,
  running,
});
const lines = (content: ClassicRow[] | string) =>
  printClassic({ ...at, content })
    .toString()
    .split("\n");

describe("printClassic", () => {
  test("prints the example of tools.md 2.2", () => {
    const content = [
      row("a_queue_with_a_very_long_name_more_than_usual", 1),
      row("q_busy", 2, 5, 2),
      row("q_noworker", 0, 4),
    ];
    expect(
      printClassic({ ...at, server: "127.0.0.1:4730", version: Buffer.from("1.1.20"), content }).toString(),
    ).toBe(
      `2026-11-21 08:03:00  -  127.0.0.1:4730  -  v1.1.20

 Queue Name                                    | Worker Available | Jobs Waiting | Jobs Running
------------------------------------------------------------------------------------------------
 a_queue_with_a_very_long_name_more_than_usual |               1  |           0  |           0${" "}
 q_busy                                        |               2  |           5  |           2${" "}
 q_noworker                                    |               0  |           4  |           0${" "}
------------------------------------------------------------------------------------------------
`,
    );
  });

  test("numbers wider than their column shift the rest", () => {
    expect(lines([row("q", 1, 12_345_678_901_234, 2)])[4]).toBe(
      " q            |               1  |12345678901234  |           2 ",
    );
  });

  test("waiting jobs may be negative (tools.md 1)", () => {
    expect(lines([row("q", 1, -3, 4)])[4]).toBe(
      " q            |               1  |          -3  |           4 ",
    );
  });

  test("no row", () => expect(lines([])[4]).toBe(`${" ".repeat(37)}no queues found`));

  test("a message in place of a table", () =>
    expect(lines("down")).toEqual(["2026-11-21 08:03:00  -  some:4730", "", " down", "", ""]));

  test("a name that is not UTF-8 is printed byte for byte", () => {
    const queue = Buffer.from("m\u00fcnchen", "latin1");
    const text = printClassic({ ...at, content: [{ ...row(""), queue }] });
    expect(text.includes(Buffer.concat([Buffer.from("\n "), queue, Buffer.from("      |")]))).toBe(true);
  });
});

describe("classicRows", () => {
  const queue = (name: string, total: number, running: number, workers: number) => ({
    queue: Buffer.from(name),
    total,
    running,
    workers,
  });

  test("waiting is total without running; sorted by bytes", () => {
    const rows = classicRows(
      [queue("ä", 0, 0, 1), queue("a_b", 3, 1, 2), queue("a-b", 1, 2, 0), queue("B", 0, 0, 0)],
      false,
    );
    expect(rows.map(({ queue: name, ...counts }) => [String(name), counts])).toEqual([
      ["B", { workers: 0, waiting: 0, running: 0 }],
      ["a-b", { workers: 0, waiting: -1, running: 2 }],
      ["a_b", { workers: 2, waiting: 2, running: 1 }],
      ["ä", { workers: 1, waiting: 0, running: 0 }],
    ]);
  });

  test("-q hides only queues without workers and jobs", () => {
    const all = [queue("a", 0, 0, 0), queue("b", 1, 0, 0), queue("c", 0, 0, 1)];
    expect(classicRows(all, true).map((one) => String(one.queue))).toEqual(["b", "c"]);
  });
});

test("printTime: local, two digits", () => {
  expect(printTime(new Date(2026, 0, 2, 3, 4, 5))).toBe("2026-01-02 03:04:05");
});
