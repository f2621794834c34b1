import { expect, test } from "vitest";
import type { PlainJob } from "../src/jobs.ts";
import { KeptJobs } from "../src/kept-jobs.ts";

const job = (more: Partial<PlainJob> = {}): PlainJob => ({
  queue: Buffer.from("service"),
  unique: Buffer.from("u"),
  priority: "low",
  text: Buffer.from("type=service\nhost_name=w\xff\ncommand_line=x\njob_id=no\n", "latin1"),
  ...more,
});
const kept = (given: PlainJob): PlainJob => {
  const jobs = new KeptJobs(1000);
  const found = jobs.keep(given, given.unique.toString("latin1"));
  if (found === undefined) throw new Error("no space");
  return jobs.plain(found);
};

test("a job that is put on another server is the same one, with the id that its text has", () => {
  expect(kept(job())).toMatchObject(job());
  const text = Buffer.from("type=service\njob_id=Ab-_9\ncommand_line=a\njob_id=no\n");
  expect(kept(job({ text, isSealed: true }))).toEqual(job({ text, isSealed: true, jobId: "Ab-_9" }));
  expect(kept(job({ text })).jobId).toBeUndefined();
});

test("beyond its bytes nothing is kept, until there is space again", () => {
  const jobs = new KeptJobs(100);
  const first = jobs.keep(job(), "u");
  expect(jobs.keep(job(), "u")).toBeUndefined();
  if (first !== undefined) jobs.release(first);
  expect(jobs.keep(job(), "u")).toBeDefined();
});
