import fc from "fast-check";
import { expect, test } from "vitest";
import { Job, JobFunction } from "../src/core/entities.ts";
import { UniqueIndex } from "../src/core/unique-index.ts";
import { request } from "./jobs.ts";

test("behaves like a list of jobs", () => {
  const functions = ["f", "g", "h"].map((name) => new JobFunction(name));
  const action = fc.record({ which: fc.nat({ max: 2 }), unique: fc.constantFrom("u", "v") });
  fc.assert(
    fc.property(fc.array(action), (actions) => {
      const index = new UniqueIndex();
      let model: Job[] = [];
      for (const [order, { which, unique }] of actions.entries()) {
        const jobFunction = functions[which] as JobFunction;
        const known = model.find((job) => job.function === jobFunction && job.unique === unique);
        if (known === undefined) {
          const job = new Job(request({ unique }), { prefix: "T:", number: order, order }, jobFunction);
          index.add(job);
          model.push(job);
        } else {
          index.delete(known);
          model = model.filter((job) => job !== known);
        }
        expect(index.size).toBe(new Set(model.map((job) => job.unique)).size);
        for (const name of ["u", "v"]) {
          const named = model.filter((job) => job.unique === name);
          expect(index.newest(name, () => true)).toBe(named.at(-1));
          const isOfF = (job: Job): boolean => job.function === functions[0];
          expect(index.newest(name, isOfF)).toBe(named.find(isOfF));
          for (const one of functions)
            expect(index.find(name, one)).toBe(named.find((job) => job.function === one));
        }
      }
    }),
  );
});

test("of many namesakes the youngest 256 are looked at", () => {
  const index = new UniqueIndex();
  for (let order = 0; order < 1000; order++)
    index.add(
      new Job(request({ unique: "u" }), { prefix: "T:", number: order, order }, new JobFunction(`f${order}`)),
    );
  const looked: number[] = [];
  const found = index.newest("u", (job) => {
    looked.push(job.order);
    return job.order < 700;
  });
  expect([found, looked.length, looked[0], looked.at(-1)]).toEqual([undefined, 256, 999, 744]);
});
