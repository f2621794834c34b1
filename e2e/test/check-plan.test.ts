import { describe, expect, test } from "vitest";

import { CheckPlan, type Fault, parseCoreEvent } from "../src/check-plan.ts";

const BOUNDS = { killMs: 1000, waitedMs: 10_000, silentMs: 5000 };
const START = 1_000_000;

/** Plans and answers checks; times are milliseconds after the start. */
function planOf(...events: [name: string, atMs: number, object: string][]): CheckPlan {
  const plan = new CheckPlan(BOUNDS);
  for (const [event, atMs, object] of events) plan.take({ event, atMs: START + atMs, object });
  return plan;
}

const fault = (kind: Fault["kind"], fromMs: number, toMs: number): Fault => ({
  kind,
  fromMs: START + fromMs,
  toMs: START + toMs,
});

test("one result for each check", () => {
  const plan = planOf(
    ["check", 0, "a"],
    ["check", 10, "b"],
    ["result", 20, "b"],
    ["result", 30, "a"],
    ["check", 40, "b"],
    ["result", 54, "b"],
  );
  expect(plan.report([], START + 60_000)).toEqual({
    planned: 3,
    answered: 3,
    lost: [],
    doubled: [],
    held: 0,
    late: [],
    longestMs: { none: 30, kill: 0, waited: 0, stop: 0, drop: 0 },
    medianMs: 14,
  });
});

test("a check without result is lost once it had time, one that the core plans again at once", () => {
  const plan = planOf(["check", 0, "a"], ["check", 5000, "b"], ["check", 5100, "a"], ["result", 5200, "a"]);
  expect(plan.report([], START + 14_000).lost).toEqual(["a"]);
  expect(plan.report([], START + 16_000).lost).toEqual(["a", "b"]);
});

test("a result that no check waits for is a second one; checks that were cancelled are held", () => {
  const plan = planOf(
    ["cancel", 0, "a"], // the bridge is starting
    ["check", 0, "a"],
    ["result", 1, "a"],
    ["result", 2, "a"],
    ["cancel", 3, "b"],
  );
  const { doubled, held } = plan.report([], START + 60_000);
  expect([doubled.length, held]).toEqual([1, 1]);
});

describe("the time that a check may take depends on the fault that it met", () => {
  test.for([
    ["none", [], 1001, 1000],
    ["kill", [fault("kill", -500, 5000)], 1001, 1000],
    ["waited", [fault("kill", 500, 5000)], 10_001, 10_000],
    ["stop", [fault("stop", 500, 5000)], 5001, 5000],
    ["drop", [fault("drop", -9000, -4000)], 5001, 5000],
    ["none", [fault("stop", 11_000, 12_000)], 1001, 1000],
  ] as const)("%s %j", ([group, faults, tooLongMs, allowedMs]) => {
    const after = (ms: number) =>
      planOf(["check", 0, "a"], ["result", ms, "a"]).report(faults, START + 60_000);
    expect(after(allowedMs).late).toEqual([]);
    expect(after(tooLongMs).late).toEqual([`a: ${tooLongMs} ms (${group})`]);
    expect(after(tooLongMs).longestMs[group]).toBe(tooLongMs);
  });
});

test("lines of the test core; those about no service are passed over", () => {
  expect(parseCoreEvent('{"t":12.5,"event":"result","host":"h","service":"s","output":"x"}')).toEqual({
    atMs: 12_500,
    event: "result",
    object: "h/s",
    output: "x",
  });
  expect(parseCoreEvent('{"t":12.5,"event":"start","pid":1}')).toBeUndefined();
});
