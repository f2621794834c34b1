import fc from "fast-check";
import { expect, test } from "vitest";
import { type Job, JobFunction } from "../src/core/entities.ts";
import { JobTable } from "../src/core/job-table.ts";
import { request } from "./jobs.ts";

test("numbers are uint32 and restart at 1", () => {
  const jobFunction = new JobFunction("f");
  const table = new JobTable("T", 0xffff_fffe);
  const handles = [1, 2].map(() => table.create(request(), jobFunction).handle);
  expect(handles).toEqual(["T:4294967295", "T:1"]);
  expect([...table].map((job) => job.order)).toEqual([1, 2]);
});

test("a deleted job is not found, its order is not reused", () => {
  const jobFunction = new JobFunction("f");
  const table = new JobTable("T");
  const job = table.create(request(), jobFunction);
  expect(table.find("T:1")).toBe(job);
  table.delete(job);
  expect([table.find("T:1"), table.size, table.made]).toEqual([undefined, 0, 1]);
  expect(table.create(request(), jobFunction).order).toBe(2);
});

test("behaves like a map from handle to job", () => {
  const jobFunction = new JobFunction("f");
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat({ max: 1500 }), { nil: undefined })), (actions) => {
      const table = new JobTable("T", 200);
      const model = new Map<string, Job>();
      for (const victim of actions) {
        // a hundred new ones, to reach other pages
        for (let n = 0; n < 100 && victim === undefined; n++) {
          const job = table.create(request(), jobFunction);
          model.set(job.handle, job);
        }
        const gone = model.get(`T:${victim}`);
        if (gone === undefined) continue;
        table.delete(gone);
        model.delete(gone.handle);
      }
      expect([...table]).toEqual([...model.values()]);
      expect(table.size).toBe(model.size);
      for (let number = 0; number < 1500; number++) {
        const handle = Buffer.from(`T:${number}`);
        expect(table.find(`T:${number}`)).toBe(model.get(`T:${number}`));
        expect(table.findBytes(handle, 0, handle.length)).toBe(model.get(`T:${number}`));
      }
    }),
    { numRuns: 20 },
  );
});

test.for([
  "T:01",
  "T:+1",
  "T:1 ",
  "T:1.0",
  "T:1e0",
  "T:0x1",
  "T:-1",
  "T:",
  "T",
  "",
  "t:1",
  "X:1",
  "TT:1",
  "T:4294967297",
  "T:00000000001",
  "T:99999999999999999999",
])("%j is not the handle T:1", (handle) => {
  const table = new JobTable("T");
  table.create(request(), new JobFunction("f"));
  const bytes = Buffer.from(`..${handle}..`);
  expect(table.find(handle)).toBeUndefined();
  expect(table.findBytes(bytes, 2, 2 + handle.length)).toBeUndefined();
  expect(table.findBytes(Buffer.from("..T:1.."), 2, 5)?.handle).toBe("T:1");
});
