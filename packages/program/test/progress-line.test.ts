import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { ProgressLine, terminalProgress } from "../src/progress-line.ts";

const EMPTY = "\r\u001b[K";

function stage(): { line: ProgressLine; clock: ManualClock; taken: () => string } {
  const clock = new ManualClock();
  let text = "";
  const line = new ProgressLine((more) => {
    text += more;
  }, clock);
  const taken = (): string => {
    const now = text;
    text = "";
    return now;
  };
  return { line, clock, taken };
}

test("nothing for short work", async () => {
  const { line, clock, taken } = stage();
  line.show(1, "lines");
  await clock.advance(999);
  line.show(500, "lines");
  line.clear();
  expect(taken()).toBe("");
});

test("number and rate, at most four times a second", async () => {
  const { line, clock, taken } = stage();
  await clock.advance(1000);
  line.show(5000, "lines");
  expect(taken()).toBe(`${EMPTY}5000 lines, 5000/s`);
  await clock.advance(249);
  line.show(5001, "lines");
  expect(taken()).toBe("");
  await clock.advance(751);
  line.show(6000, "lines");
  expect(taken()).toBe(`${EMPTY}6000 lines, 3000/s`);
});

test("it is removed once, and comes back", async () => {
  const { line, clock, taken } = stage();
  await clock.advance(1000);
  line.show(1, "lines");
  line.clear();
  line.clear();
  expect(taken()).toBe(`${EMPTY}1 lines, 1/s${EMPTY}`);
  await clock.advance(1000);
  line.show(2, "lines");
  expect(taken()).toBe(`${EMPTY}2 lines, 1/s`);
});

test("it stays within the width of the terminal", async () => {
  const clock = new ManualClock();
  const stderr = { isTTY: true, columns: 12 };
  const written: string[] = [];
  const line = terminalProgress({ stderr, stdin: {}, env: {} }, (text) => written.push(text), clock);
  await clock.advance(1000);
  line?.show(5000, "of 100000 jobs");
  stderr.columns = 80;
  await clock.advance(1000);
  line?.show(6000, "of 100000 jobs");
  stderr.columns = 0; // not known
  await clock.advance(1000);
  line?.show(9000, "of 100000 jobs");
  expect(written).toEqual([
    `${EMPTY}5000 of 100`,
    `${EMPTY}6000 of 100000 jobs, 3000/s`,
    `${EMPTY}9000 of 100000 jobs, 3000/s`,
  ]);
});

test("only on a terminal that can empty a line, for a list that is not typed", () => {
  const terminal = { isTTY: true };
  const of = (stderr: object, stdin: object, env: Record<string, string> = {}) =>
    terminalProgress({ stderr, stdin, env }, () => undefined, new ManualClock());
  expect(of(terminal, {}, { TERM: "xterm" })).toBeInstanceOf(ProgressLine);
  expect(of({}, {})).toBeUndefined();
  expect(of(terminal, terminal)).toBeUndefined();
  expect(of(terminal, {}, { TERM: "dumb" })).toBeUndefined();
});
