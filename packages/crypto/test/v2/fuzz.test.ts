// @module-tag fuzz
import fc from "fast-check";
import { test } from "vitest";
import { Chance } from "../../../protocol/scripts/fuzz-loop.ts";
import { enrolmentTargets } from "./enrolment-targets.ts";
import { envelopeTargets } from "./envelope-targets.ts";

test.for([...envelopeTargets, ...enrolmentTargets])("$name", ({ make, check }) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
      const chance = new Chance(seed);
      check(make(chance), chance);
    }),
    { numRuns: 3000 },
  );
});
