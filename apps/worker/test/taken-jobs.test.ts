import { expect, test } from "vitest";
import { type JobToken, TakenJobs } from "../src/taken-jobs.ts";

const token = (counter: number, run = "a", key = "k"): JobToken => ({ key, run, counter });

test("takes a job once, again after it was given back", () => {
  const jobs = new TakenJobs();
  expect([1, 2, 1].map((counter) => jobs.take(token(counter)))).toEqual([true, true, false]);
  expect(jobs.take(token(1, "b"))).toBe(true);
  jobs.giveBack(token(1));
  jobs.giveBack(token(7, "c")); // never taken
  expect([jobs.take(token(1)), jobs.take(token(1)), jobs.take(token(1, "b"))]).toEqual([true, false, false]);
});

test("a copy of the first job is refused after a million others, in any order", () => {
  const jobs = new TakenJobs();
  for (let counter = 1_000_000; counter > 0; counter--) jobs.take(token(counter));
  for (const counter of [1, 31, 32, 4095, 4096, 999_999, 1_000_000])
    expect(jobs.take(token(counter)), String(counter)).toBe(false);
});

test("with more than it can hold, the lowest counters of the oldest run count as taken", () => {
  const jobs = new TakenJobs(2);
  for (const page of [1, 2, 3]) expect(jobs.take(token(page * 4096))).toBe(true);
  expect([jobs.take(token(4096 + 5)), jobs.take(token(2 * 4096 + 5))]).toEqual([false, true]);
  expect([jobs.take(token(2 ** 48 - 1, "b")), jobs.take(token(2 ** 48 - 1, "b"))]).toEqual([true, false]);
  expect([jobs.take(token(2 * 4096)), jobs.take(token(3 * 4096))]).toEqual([false, false]);
});

test("a job that comes late makes no copy of a later one count as new", () => {
  const jobs = new TakenJobs(2);
  for (const page of [5, 6, 3, 7]) jobs.take(token(page * 4096));
  expect([jobs.take(token(5 * 4096)), jobs.take(token(7 * 4096))]).toEqual([false, false]);
});

test("runs without end take no memory without end", () => {
  const jobs = new TakenJobs(2);
  for (let n = 0; n < 5000; n++) {
    const one = token(1, String(n));
    expect([jobs.take(one), jobs.take(one)]).toEqual([true, false]);
  }
  expect(jobs.runs).toBeLessThanOrEqual(3);
});

test("what was taken under one key takes nothing from another, and makes it forget nothing", () => {
  const jobs = new TakenJobs(2);
  expect(jobs.take(token(1, "a", "k"))).toBe(true);
  expect(jobs.take(token(1, "a", "l"))).toBe(true); // the same run and counter
  for (let page = 1; page < 20; page++) jobs.take(token(page * 4096, "a", "l"));
  expect([jobs.take(token(1, "a", "k")), jobs.take(token(2, "a", "k"))]).toEqual([false, true]);
});
