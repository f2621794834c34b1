import { expect, test } from "vitest";
import { createLogger, memoryLogger } from "../src/logger.ts";
import type { LogSink } from "../src/sink.ts";

function keep(): LogSink & { lines: string[] } {
  const lines: string[] = [];
  return { lines, write: (line) => lines.push(line), reopen() {}, close() {} };
}
const clock = () => new Date(2026, 0, 31, 12, 4, 5, 7);

test("prints time, pid and level in the documented form", () => {
  const sink = keep();
  const log = createLogger({ level: "trace", sink, clock, pid: 42 });
  log.error("a");
  log.warn("b");
  log.info("c");
  log.debug("d");
  log.trace("e");
  expect(sink.lines).toEqual([
    "[2026-01-31 12:04:05.007][42][ERROR] a",
    "[2026-01-31 12:04:05.007][42][WARN ] b",
    "[2026-01-31 12:04:05.007][42][INFO ] c",
    "[2026-01-31 12:04:05.007][42][DEBUG] d",
    "[2026-01-31 12:04:05.007][42][TRACE] e",
  ]);
});

test("omits lines below its level", () => {
  const sink = keep();
  const log = createLogger({ level: "warn", sink, clock, pid: 1 });
  log.info("hidden");
  log.warn("shown");
  expect(sink.lines).toHaveLength(1);
  expect(log.isEnabled("info")).toBe(false);
  expect(log.isEnabled("error")).toBe(true);
});

test("one call is one line, for any text", () => {
  const sink = keep();
  createLogger({ level: "info", sink, clock, pid: 1 }).info("x\n[fake]\t\u001b[2J");
  expect(sink.lines).toEqual(["[2026-01-31 12:04:05.007][1][INFO ] x\\n[fake]\\t\\x1b[2J"]);
});

test("cuts long texts and adds the number of omitted characters", () => {
  const sink = keep();
  createLogger({ level: "info", sink, clock, pid: 1, maxTextLength: 4 }).info("123456");
  expect(sink.lines).toEqual(["[2026-01-31 12:04:05.007][1][INFO ] 1234 (+2 characters)"]);
});

test("colours only warnings and errors, and only on request", () => {
  const sink = keep();
  const log = createLogger({ level: "info", sink, clock, pid: 1, colour: true });
  log.error("a");
  log.info("b");
  expect(sink.lines[0]).toBe("\u001b[31m[2026-01-31 12:04:05.007][1][ERROR] a\u001b[0m");
  expect(sink.lines[1]).toBe("[2026-01-31 12:04:05.007][1][INFO ] b");
});

test("the memory logger keeps level and text", () => {
  const log = memoryLogger();
  log.warn("job server is away");
  log.trace("x");
  expect(log.lines).toEqual(["warn: job server is away", "trace: x"]);
  expect(log.isEnabled("trace")).toBe(true);
});
