import { expect, test } from "vitest";
import { planSlots, type SizingInput } from "../src/sizing.ts";

const base: SizingInput = {
  total: 5,
  busy: 0,
  minWorker: 2,
  maxWorker: 10,
  spawnRate: 3,
  sinkRate: 1,
  idleTimeoutMs: 10_000,
  nowMs: 100_000,
  lastHighMs: 100_000,
  mayGrow: () => true,
};

test.for<[string, Partial<SizingInput>, { start: number; stop: number }]>([
  [
    "below the minimum: up to it at once, guards or not",
    { total: 0, mayGrow: () => false },
    { start: 2, stop: 0 },
  ],
  ["all busy: by spawn-rate", { busy: 5 }, { start: 3, stop: 0 }],
  ["all busy: not beyond the maximum", { total: 9, busy: 9 }, { start: 1, stop: 0 }],
  ["all busy at the maximum", { total: 10, busy: 10 }, { start: 0, stop: 0 }],
  ["all busy and guarded", { busy: 5, mayGrow: () => false }, { start: 0, stop: 0 }],
  ["nearly all busy", { busy: 4 }, { start: 0, stop: 0 }],
  ["idle, not long enough", { lastHighMs: 90_000 }, { start: 0, stop: 0 }],
  ["idle for long enough: by sink-rate", { lastHighMs: 89_999 }, { start: 0, stop: 1 }],
  ["sink-rate 0 counts as spawn-rate", { lastHighMs: 0, sinkRate: 0 }, { start: 0, stop: 3 }],
  ["not below the minimum", { lastHighMs: 0, sinkRate: 9 }, { start: 0, stop: 3 }],
  ["idle at the minimum", { lastHighMs: 0, total: 2 }, { start: 0, stop: 0 }],
  ["above a lowered maximum", { maxWorker: 3 }, { start: 0, stop: 2 }],
])("%s", ([, input, plan]) => expect(planSlots({ ...base, ...input })).toMatchObject(plan));

test.for([
  [10, 9, 100_000],
  [10, 8, 1],
  [11, 9, 1], // 81 %: unlike the Go worker, no integer division (D8)
] as const)("%i slots, %i busy: last high at %i", ([total, busy, lastHighMs]) =>
  expect(
    planSlots({ ...base, total, busy, maxWorker: 20, lastHighMs: 1, idleTimeoutMs: 1e9 }).lastHighMs,
  ).toBe(lastHighMs),
);
