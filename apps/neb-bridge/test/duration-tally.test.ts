import fc from "fast-check";
import { expect, test } from "vitest";
import { DURATION_BOUNDS, DurationTally } from "../src/duration-tally.ts";

test("a duration counts in each bucket whose bound it does not exceed", () => {
  const durations = fc.array(fc.double({ min: 0, max: 20_000, noNaN: true }));
  fc.assert(
    fc.property(durations, (millis) => {
      const tally = new DurationTally();
      for (const one of millis) tally.add(one);
      const expected = DURATION_BOUNDS.map((le) => millis.filter((one) => one / 1000 <= le).length);
      expect(tally.cumulative()).toEqual(expected);
      expect(tally.count).toBe(millis.length);
      expect(tally.sumSeconds).toBeCloseTo(millis.reduce((sum, one) => sum + one / 1000, 0));
    }),
  );
});
