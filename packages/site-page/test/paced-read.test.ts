import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { PacedRead } from "../src/http/paced-read.ts";

function paced(rows: number) {
  const clock = new ManualClock();
  const state = { reads: 0, isBroken: false };
  const read = new PacedRead(async () => {
    state.reads += 1;
    if (state.isBroken) throw new Error("away");
    return { value: { read: state.reads }, rows };
  }, clock);
  return { clock, state, get: () => read.get() };
}

test("few rows are read at each call, many less often; what was read is given again, the same object", async () => {
  const few = paced(200);
  await few.get();
  await few.clock.advance(900);
  expect(await few.get()).toEqual({ read: 2 });
  const many = paced(30_000);
  const [first, second] = await Promise.all([many.get(), many.get()]);
  await many.clock.advance(9999);
  expect([second, await many.get()].map((one) => one === first)).toEqual([true, true]);
  await many.clock.advance(1);
  expect(await many.get()).toEqual({ read: 2 });
});

test("a read that fails is tried again at the next call", async () => {
  const { state, get } = paced(1e6);
  state.isBroken = true;
  await expect(get()).rejects.toThrow("away");
  state.isBroken = false;
  expect(await get()).toEqual({ read: 2 });
});
