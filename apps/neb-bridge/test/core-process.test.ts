import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

import { watchProcess } from "../src/core-process.ts";

test("reported once, when the process ends or its id belongs to another process", () => {
  for (const later of [undefined, "200"]) {
    const clock = new ManualClock();
    const state: { start: string | undefined; gone: number } = { start: "100", gone: 0 };
    watchProcess(
      4711,
      clock,
      () => {
        state.gone += 1;
      },
      () => state.start,
    );
    clock.tick(10_000);
    expect(state.gone).toBe(0);
    state.start = later;
    clock.tick(10_000);
    expect(state.gone).toBe(1);
    expect(clock.pending).toBe(0);
  }
});

test("the watch can be stopped", () => {
  const clock = new ManualClock();
  const stop = watchProcess(
    1,
    clock,
    () => expect.unreachable(),
    () => "1",
  );
  stop();
  expect(clock.pending).toBe(0);
});
