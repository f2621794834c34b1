import { expect, test } from "vitest";

import { DueBuckets, type Timed } from "../src/due-buckets.ts";

interface Entry extends Timed<Entry> {
  readonly name: string;
}

const entry = (name: string): Entry => ({ name, bucket: undefined });

function take(buckets: DueBuckets<Entry>): string[] {
  const names: string[] = [];
  for (let one = buckets.next(); one !== undefined; one = buckets.next()) names.push(one.name);
  return names;
}

test("entries are returned when due, not before, in the order of their time", () => {
  const buckets = new DueBuckets<Entry>(1000, 500);
  buckets.put(entry("late"), 9_500);
  buckets.put(entry("soon"), 2_100);
  buckets.advance(2_999);
  expect(take(buckets)).toEqual([]);
  buckets.advance(3_000);
  expect(take(buckets)).toEqual(["soon"]);
  buckets.advance(60_000);
  expect(take(buckets)).toEqual(["late"]);
  expect(take(buckets)).toEqual([]);
});

test("an entry for a past time is returned in the next step", () => {
  const buckets = new DueBuckets<Entry>(1000, 5_000);
  buckets.put(entry("past"), 10);
  expect(take(buckets)).toEqual([]);
  buckets.advance(6_000);
  expect(take(buckets)).toEqual(["past"]);
});

test("a removed entry is not returned, due or not", () => {
  const buckets = new DueBuckets<Entry>(1000, 0);
  const [one, two, three] = [entry("one"), entry("two"), entry("three")];
  for (const each of [one, two, three]) buckets.put(each, 500);
  buckets.remove(one);
  buckets.advance(1_000);
  buckets.remove(two);
  expect(take(buckets)).toEqual(["three"]);
  expect(three.bucket).toBeUndefined();
  buckets.remove(three); // a second call has no effect
});

test("hurried entries are due at once, and returned only once", () => {
  const buckets = new DueBuckets<Entry>(1000, 0);
  const one = entry("one");
  buckets.put(one, 100_000);
  buckets.hurry([one]);
  expect(take(buckets)).toEqual(["one"]);
  buckets.advance(200_000);
  expect(take(buckets)).toEqual([]);
});

test("entries put back during the iteration wait for their own time", () => {
  const buckets = new DueBuckets<Entry>(1000, 0);
  for (const name of ["a", "b", "c"]) buckets.put(entry(name), 1);
  buckets.advance(1_000);
  const first = buckets.next();
  if (first !== undefined) buckets.put(first, 2_000);
  expect(take(buckets)).toEqual(["b", "c"]);
  buckets.advance(2_000);
  expect(take(buckets)).toEqual(["a"]);
});

test("is empty after clear", () => {
  const buckets = new DueBuckets<Entry>(1000, 0);
  buckets.put(entry("a"), 1);
  buckets.advance(1_000);
  buckets.clear();
  buckets.advance(9_000);
  expect(take(buckets)).toEqual([]);
});

test("the entries of a separate set become due with it, except those removed meanwhile", () => {
  const buckets = new DueBuckets<Entry>(1000, 0);
  const [one, two, three] = [entry("one"), entry("two"), entry("three")];
  const own = new Set([one, two, three]);
  for (const waiting of own) waiting.bucket = own;
  buckets.remove(two);
  buckets.hurryBucket(own);
  buckets.remove(three);
  expect(take(buckets)).toEqual(["one"]);
  expect(one.bucket).toBeUndefined();
});
