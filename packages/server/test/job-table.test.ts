import { expect, test } from "vitest";
import { JobFunction } from "../src/core/job-function.ts";
import { JobTable } from "../src/core/job-table.ts";
import { request } from "./jobs.ts";

test("numbers are uint32 and start again at 1", () => {
  const jobFunction = new JobFunction("f");
  const table = new JobTable("T", 0xffff_fffe);
  const handles = [1, 2].map(() => table.create(request(), jobFunction).handle);
  expect(handles).toEqual(["T:4294967295", "T:1"]);
  expect([...table].map((job) => job.order)).toEqual([1, 2]);
});

test("a deleted job is not found, its order is not given again", () => {
  const jobFunction = new JobFunction("f");
  const table = new JobTable("T");
  const job = table.create(request(), jobFunction);
  expect(table.find("T:1")).toBe(job);
  table.delete(job);
  expect([table.find("T:1"), table.size, table.made]).toEqual([undefined, 0, 1]);
  expect(table.create(request(), jobFunction).order).toBe(2);
});
