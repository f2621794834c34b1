import { ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { ClientError } from "../src/connection/errors.ts";
import { UnansweredSubmits } from "../src/worker/unanswered-submits.ts";

function stage(count: number) {
  const clock = new ManualClock();
  const submits = new UnansweredSubmits();
  const outcomes: string[] = [];
  for (let at = 0; at < count; at++) submits.push((error) => outcomes.push(`${at}: ${error?.code}`));
  const done: string[] = [];
  void submits.whenNone(1000, clock).then(() => done.push("none"));
  return { clock, submits, outcomes, done };
}

test("answers belong to the oldest submit; the last one ends the waiting", async () => {
  const { clock, submits, outcomes, done } = stage(2);
  expect(submits.settle()).toBe(true);
  await settle();
  expect(done).toEqual([]);
  expect(submits.settle(new ClientError("SERVER_ERROR", "no"))).toBe(true);
  await settle();
  expect([outcomes, done]).toEqual([["0: undefined", "1: SERVER_ERROR"], ["none"]]);
  expect(submits.settle()).toBe(false);
  expect(clock.pending).toBe(0);
});

test("a lost connection fails all of them", async () => {
  const { submits, outcomes, done } = stage(2);
  submits.lose({ code: "END", text: "closed" });
  await settle();
  expect([outcomes, done, submits.length]).toEqual([
    ["0: CONNECTION_LOST", "1: CONNECTION_LOST"],
    ["none"],
    0,
  ]);
});

test("waiting ends when the time is up", async () => {
  const { clock, submits, outcomes, done } = stage(1);
  await clock.advance(1000);
  expect([outcomes, done, submits.length]).toEqual([[], ["none"], 1]);
});
