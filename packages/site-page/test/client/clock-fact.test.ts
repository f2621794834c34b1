import { expect, test } from "vitest";
import { clockFact } from "../../src/client/clock-fact.ts";
import type { SiteSnapshot } from "../../src/model/snapshot.ts";

test.for([
  [0, "as that of the bridge"],
  [90_123, "90.1 s ahead of the bridge"],
  [-250, "250 ms behind the bridge"],
] as const)("a clock that is %i ms ahead", ([aheadMs, text]) => {
  const clocks = [
    { worker: "w2", aheadMs: 1 },
    { worker: "w1", aheadMs },
  ];
  expect(clockFact({ clocks } as unknown as SiteSnapshot, "w1")).toEqual([["Clock", text]]);
});

test("nothing is said where it is not known", () => {
  expect(clockFact({ clocks: [{ worker: "w2", aheadMs: 1 }] } as unknown as SiteSnapshot, "w1")).toEqual([]);
  expect(clockFact({} as SiteSnapshot, "w1")).toEqual([]);
});
