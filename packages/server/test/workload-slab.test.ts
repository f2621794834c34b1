import fc from "fast-check";
import { expect, test } from "vitest";
import { Job, JobFunction } from "../src/core/entities.ts";
import { HIGH, NORMAL } from "../src/core/job-request.ts";
import { WorkloadSlab } from "../src/core/workload-slab.ts";
import { request } from "./jobs.ts";

test("keeps what was put, also when more is put; large workloads are refused", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9000 }), { maxLength: 60 }), (sizes) => {
      const slab = new WorkloadSlab();
      const kept = sizes.map((size, index) => {
        const data = Buffer.alloc(size, index);
        const at = slab.put(Buffer.concat([Buffer.from("before"), data, Buffer.from("behind")]), 6, size);
        expect(at < 0).toBe(size > 8192);
        return { data, view: at < 0 ? data : slab.bytes.subarray(at, at + size) };
      });
      for (const { data, view } of kept) expect(view.equals(data)).toBe(true);
    }),
  );
});

function jobs(jobFunction: JobFunction, count: number, options: Parameters<typeof request>[0] = {}): Job[] {
  return Array.from({ length: count }, (_, n) => {
    const data = Buffer.alloc(500, n);
    const job = new Job(request({ data, ...options }), { prefix: "T:", number: n, order: n }, jobFunction);
    jobFunction.count(job);
    return job;
  });
}

test("jobs of a long queue share buffers, each priority its own; few jobs, and those for later, do not", () => {
  const jobFunction = new JobFunction("f");
  const few = jobs(jobFunction, 64);
  const many = jobs(jobFunction, 300);
  const buffers = new Set(many.map(({ data }) => data.buffer));
  expect(buffers.size).toBe(3);
  expect(few.some(({ data }) => buffers.has(data.buffer))).toBe(false);
  for (const [n, { data }] of many.entries()) expect(data).toEqual(Buffer.alloc(500, n));
  const [high] = jobs(jobFunction, 1, { priority: HIGH });
  const [later] = jobs(jobFunction, 1, { priority: NORMAL, whenSeconds: 9 });
  expect([high, later].map((job) => buffers.has(job?.data.buffer as ArrayBuffer))).toEqual([false, false]);
});

test("a function without jobs retains no slab", () => {
  const jobFunction = new JobFunction("f");
  const all = jobs(jobFunction, 66);
  const last = all.at(-1)?.data.buffer;
  for (const job of all) jobFunction.discount(job);
  expect(jobFunction.bytes).toBe(0);
  expect(jobs(jobFunction, 66).at(-1)?.data.buffer).not.toBe(last);
});
