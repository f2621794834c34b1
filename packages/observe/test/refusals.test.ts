import { expect, test } from "vitest";
import { memoryLogger, Refusals } from "../src/index.ts";

function setup(): { refusals: Refusals<"A" | "B">; lines: string[]; at: { ms: number } } {
  const logger = memoryLogger();
  const at = { ms: 0 };
  const refusals = new Refusals<"A" | "B">({
    logger,
    clock: { monotonicMs: () => at.ms },
    what: "a job of",
    legacyText: (names) => `legacy: ${names}`,
  });
  return { refusals, lines: logger.lines, at };
}

test("counts each reason, and logs each once a minute", () => {
  const { refusals, lines, at } = setup();
  for (let n = 0; n < 3; n++) refusals.refused("A", "it is too old", "w1");
  refusals.refused("B", "it was changed", "w2");
  at.ms = 60_000;
  refusals.refused("A", "it is too old", "w\n3");
  expect([...refusals.counts]).toEqual([
    ["A", 4],
    ["B", 1],
  ]);
  expect(refusals.total).toBe(5);
  expect([...refusals.lastAtMs]).toEqual([
    ["A", 60_000],
    ["B", 0],
  ]);
  expect(lines).toEqual([
    "error: refused a job of w1: it is too old (A)",
    "error: refused a job of w2: it was changed (B)",
    expect.stringMatching(/^error: refused a job of w.*3: it is too old \(A\) \(\+2 similar\)$/),
  ]);
});

test("names the peers of a minute, at most ten, and counts the others", () => {
  const { refusals, lines, at } = setup();
  refusals.legacy("w0");
  for (let n = 0; n < 12; n++) refusals.legacy(`x${String(n).padStart(2, "0")}`);
  at.ms = 60_000;
  refusals.legacy("x00");
  const ten = Array.from({ length: 10 }, (_, n) => `x0${n}`).join(", ");
  expect(lines).toEqual(["warn: legacy: w0", `warn: legacy: ${ten} and 2 more`]);
});
