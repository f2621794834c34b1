import fc from "fast-check";
import { expect, test } from "vitest";
import { Job, JobFunction, Run } from "../src/core/entities.ts";
import { HeldJobs } from "../src/core/held-jobs.ts";
import { peer, request } from "./jobs.ts";

test("behaves like a list of executions in the order of adding", () => {
  const jobFunction = new JobFunction("f");
  const worker = peer();
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 })), (numbers) => {
      const runs = Array.from({ length: 10 }, (_, n) => {
        return new Run(new Job(request(), { prefix: "T:", number: n, order: n }, jobFunction), worker, 0);
      });
      const held = new HeldJobs<Run>();
      let model: Run[] = [];
      for (const number of numbers) {
        const run = runs[number] as Run;
        if (model.includes(run)) {
          held.delete(run);
          model = model.filter((one) => one !== run);
        } else {
          held.add(run);
          model.push(run);
        }
        expect(held.size).toBe(model.length);
        const newestFirst: Run[] = [];
        for (let one = held.newest; one !== undefined; one = one.heldBefore) newestFirst.push(one);
        expect(newestFirst).toEqual(model.toReversed());
        const oldestFirst: Run[] = [];
        for (let one = held.oldest; one !== undefined; one = one.heldAfter) oldestFirst.push(one);
        expect(oldestFirst).toEqual(model);
      }
    }),
  );
});
