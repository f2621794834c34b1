import fc from "fast-check";
import { expect, test } from "vitest";
import { Job, JobFunction } from "../src/core/entities.ts";
import { HeldJobs } from "../src/core/held-jobs.ts";
import { request } from "./jobs.ts";

test("behaves like a list of jobs in the order of adding", () => {
  const jobFunction = new JobFunction("f");
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 })), (numbers) => {
      const jobs = Array.from(
        { length: 10 },
        (_, n) => new Job(request(), { prefix: "T:", number: n, order: n }, jobFunction),
      );
      const held = new HeldJobs<Job>();
      let model: Job[] = [];
      for (const number of numbers) {
        const job = jobs[number] as Job;
        if (model.includes(job)) {
          held.delete(job);
          model = model.filter((one) => one !== job);
        } else {
          held.add(job);
          model.push(job);
        }
        expect(held.size).toBe(model.length);
        const newestFirst: Job[] = [];
        for (let one = held.newest; one !== undefined; one = one.heldBefore) newestFirst.push(one);
        expect(newestFirst).toEqual(model.toReversed());
        const oldestFirst: Job[] = [];
        for (let one = held.oldest; one !== undefined; one = one.heldAfter) oldestFirst.push(one);
        expect(oldestFirst).toEqual(model);
      }
    }),
  );
});
