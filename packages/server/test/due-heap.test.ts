import fc from "fast-check";
import { expect, test } from "vitest";
import { DueHeap } from "../src/core/due-heap.ts";
import { Job, type JobRequest, NORMAL } from "../src/core/job.ts";
import { JobFunction } from "../src/core/job-function.ts";

const jobFunction = new JobFunction("f");

function job(whenSeconds: number, order: number): Job {
  const request: JobRequest = {
    function: "f",
    unique: "",
    data: Buffer.alloc(0),
    priority: NORMAL,
    whenSeconds,
    reducer: undefined,
    background: true,
  };
  return new Job(request, { prefix: "T:", number: order, order }, jobFunction);
}

test("gives the earliest first, of equal times the older one", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 })), (times) => {
      const heap = new DueHeap();
      const jobs = times.map((time, order) => job(time, order));
      for (const one of jobs) heap.push(one);
      const wanted = jobs.toSorted((a, b) => a.whenSeconds - b.whenSeconds || a.order - b.order);
      expect(heap.first).toBe(wanted[0]);
      expect(jobs.map(() => heap.shift())).toEqual(wanted);
      expect([heap.length, heap.shift()]).toEqual([0, undefined]);
    }),
  );
});
