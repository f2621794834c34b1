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

test("names the peers of a minute, at most ten, and counts the others, which the next lines name", () => {
  const { refusals, lines, at } = setup();
  const peers = Array.from({ length: 12 }, (_, n) => `x${String(n).padStart(2, "0")}`);
  refusals.legacy("w0");
  for (const ms of [60_000, 120_000, 180_000]) {
    for (const peer of peers.slice(1)) refusals.legacy(peer);
    at.ms = ms;
    refusals.legacy("x00");
  }
  expect(lines).toEqual([
    "warn: legacy: w0",
    `warn: legacy: ${peers.slice(0, 10).join(", ")} and 2 more`,
    `warn: legacy: x10, x11, ${peers.slice(0, 8).join(", ")} and 2 more`,
    `warn: legacy: x08, x09, x10, x11, ${peers.slice(0, 6).join(", ")} and 2 more`,
  ]);
});

test("a few peers are named in order each time", () => {
  const { refusals, lines, at } = setup();
  for (const ms of [0, 60_000, 120_000]) {
    at.ms = ms;
    refusals.legacy("a");
    refusals.legacy("b");
  }
  expect(lines).toEqual(["warn: legacy: a", "warn: legacy: a, b", "warn: legacy: a, b"]);
});
