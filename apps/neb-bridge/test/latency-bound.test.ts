import { ManualClock } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";

import type { Row } from "../src/check-row.ts";
import { boundLatency } from "../src/latency-bound.ts";
import { OUTSTANDING_LIMITS, OutstandingChecks } from "../src/outstanding.ts";

const HOST = Buffer.from("web01");
const PLANNED_MS = 1_700_000_000_000;
/** From the plan to the bridge. */
const LATE_MS = 400;
const WORKER_MS = 250;

/** A check whose result comes, while the clock was set by so much. */
async function answered(setMs: number): Promise<{ row: Row; clock: ManualClock }> {
  const clock = new ManualClock();
  clock.setTimeOfDay(PLANNED_MS + LATE_MS - clock.wallMs());
  const outstanding = new OutstandingChecks({
    clock,
    ...{ isKnown: async () => true, isReplaced: () => false, mayAsk: () => false, drainedSince: () => false },
    ...{ onLost: () => undefined, onMoved: () => undefined, submit: () => Promise.reject(new Error("no")) },
    ...OUTSTANDING_LIMITS,
  });
  onTestFinished(() => outstanding.close());
  const claim = outstanding.claim("web01", "u1");
  const plain = {
    ...{ queue: Buffer.from("host"), unique: Buffer.from("u1"), text: Buffer.from("job") },
    priority: "normal",
  } as const;
  const server = { host: "a", port: 1 };
  const coreTime = BigInt(PLANNED_MS) * 1000n;
  outstanding.accept(claim, { handle: Buffer.from("H:a:1"), server, timeoutMs: 60_000, coreTime, plain });
  clock.setTimeOfDay(setMs);
  await clock.advance(WORKER_MS);
  const row = outstanding.remove(HOST, undefined);
  if (row === undefined || !("plannedBeforeMs" in row)) throw new Error("no row");
  return { row, clock };
}

test("a clock that is set an hour ahead while a check is under way makes no hour of latency", async () => {
  const { row, clock } = await answered(3_600_000);
  const latency = BigInt(clock.wallMs() - PLANNED_MS) * 1000n;
  expect(boundLatency(latency, row, clock.monotonicMs())).toBe(BigInt(LATE_MS + WORKER_MS + 3) * 1000n);
});

test("what is possible is left as it is", async () => {
  const { row, clock } = await answered(0);
  const whole = BigInt(LATE_MS + WORKER_MS) * 1000n;
  for (const latency of [0n, 1n, whole])
    expect(boundLatency(latency, row, clock.monotonicMs())).toBe(latency);
});
