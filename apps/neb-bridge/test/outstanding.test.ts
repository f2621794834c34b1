import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

import { type OutstandingCheck, OutstandingChecks, objectKey } from "../src/outstanding.ts";

const check = (host: string, service?: string, unique = `u-${host}-${service}`): OutstandingCheck => ({
  hostName: Buffer.from(host),
  serviceDescription: service === undefined ? undefined : Buffer.from(service),
  unique: Buffer.from(unique),
  handle: Buffer.from("H:x:1"),
  timeoutMs: 10_000,
});

interface Setup {
  clock: ManualClock;
  checks: OutstandingChecks;
  asked: string[];
  lost: string[];
  answer: { known: boolean | Error };
}

function setup(maxChecks = 100): Setup {
  const clock = new ManualClock();
  const asked: string[] = [];
  const lost: string[] = [];
  const answer: { known: boolean | Error } = { known: true };
  const checks = new OutstandingChecks({
    clock,
    isKnown: (one) => {
      asked.push(one.hostName.toString());
      return answer.known instanceof Error ? Promise.reject(answer.known) : Promise.resolve(answer.known);
    },
    onLost: (one) => lost.push(one.hostName.toString()),
    graceMs: 15_000,
    deliveryMs: 5_000,
    sweepMs: 1_000,
    maxChecks,
  });
  return { clock, checks, asked, lost, answer };
}

test("a result in time: nobody is asked, and the elapsed time is told", async () => {
  const { clock, checks, asked } = setup();
  checks.add(check("web01", "HTTP"));
  await clock.advance(700);
  expect(checks.remove(Buffer.from("web01"), Buffer.from("HTTP"))).toBe(700);
  expect(checks.remove(Buffer.from("web01"), Buffer.from("HTTP"))).toBeUndefined();
  await clock.advance(60_000);
  expect(asked).toEqual([]);
  expect(checks.size).toBe(0);
});

test("an overdue check that the job server still has is left alone and asked about again later", async () => {
  const { clock, checks, asked, lost } = setup();
  checks.add(check("web01"));
  await clock.advance(24_000);
  expect(asked).toEqual([]);
  await clock.advance(2_000);
  expect(asked).toEqual(["web01"]);
  await clock.advance(26_000);
  expect(asked).toHaveLength(2);
  expect(lost).toEqual([]);
});

test("a job that the server does not know is lost only after its result had time to arrive", async () => {
  const { clock, checks, lost, answer } = setup();
  checks.add(check("web01"));
  checks.add(check("web02"));
  answer.known = false;
  checks.doubtAll();
  await clock.advance(1_000);
  expect(lost).toEqual([]);
  checks.remove(Buffer.from("web02"), undefined); // its result was under way
  await clock.advance(6_000);
  expect(lost).toEqual(["web01"]);
  expect(checks.lost).toBe(1);
  await clock.advance(60_000);
  expect(lost).toEqual(["web01"]);
});

test("with nobody to ask, nothing is lost and the question is repeated", async () => {
  const { clock, checks, asked, lost, answer } = setup();
  checks.add(check("web01"));
  answer.known = new Error("not connected");
  checks.doubtAll();
  await clock.advance(5_000);
  expect(asked.length).toBeGreaterThan(3);
  expect(lost).toEqual([]);
});

test("the same object again replaces its row", async () => {
  const { clock, checks, asked } = setup();
  checks.add(check("web01"));
  await clock.advance(20_000);
  checks.add(check("web01"));
  await clock.advance(20_000);
  expect(asked).toEqual([]);
  expect(checks.size).toBe(1);
});

test("a unique key belongs to the object that uses it", () => {
  const { checks } = setup();
  checks.add(check("a-b", "c", "same"));
  const owner = objectKey(Buffer.from("a-b"), Buffer.from("c"));
  const other = objectKey(Buffer.from("a"), Buffer.from("b-c"));
  expect(checks.isTaken("same", owner)).toBe(false);
  expect(checks.isTaken("same", other)).toBe(true);
  checks.remove(Buffer.from("a-b"), Buffer.from("c"));
  expect(checks.isTaken("same", other)).toBe(false);
});

test("the table is bounded and what it leaves out is counted", () => {
  const { checks } = setup(2);
  for (const host of ["a", "b", "c", "a"]) checks.add(check(host));
  expect(checks.size).toBe(2);
  expect(checks.unwatched).toBe(1);
});

test("closing disarms the timer", () => {
  const { clock, checks } = setup();
  checks.add(check("a"));
  checks.close();
  expect(clock.pending).toBe(0);
});
