import { expect, test } from "vitest";
import { usedFirst } from "../src/used-first.ts";

/** Functions by number; `isUsed` ones have a job. */
function* functions(count: number, isUsed: (at: number) => boolean, seen: number[] = []) {
  for (let at = 0; at < count; at++) {
    seen.push(at);
    yield { at, waiting: isUsed(at) ? 1 : 0, running: 0, workers: 0 };
  }
}
const limits = { most: 3, lookedAt: 100, perTurn: 50 };

test("those in use come first, at most so many are looked at", async () => {
  const { shown, count } = await usedFirst(
    functions(1000, (at) => at === 90 || at === 150),
    limits,
  );
  expect([shown.map(({ at }) => at), count]).toEqual([[90, 0, 1], 100]);
});

test("a bounded look ends once there are enough in use; one without bound counts all", async () => {
  const seen: number[] = [];
  const { shown } = await usedFirst(
    functions(1000, (at) => at > 4, seen),
    limits,
  );
  expect([shown.map(({ at }) => at), seen.length]).toEqual([[5, 6, 7], 8]);
  expect(
    (
      await usedFirst(
        functions(1000, () => true),
        { most: 3, perTurn: 50 },
      )
    ).count,
  ).toBe(1000);
});
