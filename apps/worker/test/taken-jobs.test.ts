import { expect, test } from "vitest";
import { TakenJobs } from "../src/taken-jobs.ts";

test("takes a job once, again after it was given back", () => {
  const jobs = new TakenJobs();
  expect([jobs.take("a"), jobs.take("b"), jobs.take("a")]).toEqual([true, true, false]);
  jobs.giveBack("a");
  expect([jobs.take("a"), jobs.take("a")]).toEqual([true, false]);
});

test("forgets the oldest of more than 100,000", () => {
  const jobs = new TakenJobs();
  for (let n = 0; n <= 100_000; n++) jobs.take(String(n));
  expect([jobs.take("1"), jobs.take("100000"), jobs.take("0")]).toEqual([false, false, true]);
});
