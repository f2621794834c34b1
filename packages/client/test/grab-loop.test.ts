import { describe, expect, test } from "vitest";
import { GrabLoop } from "../src/worker/grab-loop.ts";

const grabs = (count: number) => ({ grabs: count, preSleep: false });
const PRE_SLEEP = { grabs: 0, preSleep: true };
const NOTHING = { grabs: 0, preSleep: false };

test("grabs up to the capacity", () => {
  const loop = new GrabLoop(3);
  expect(loop.plan(false)).toEqual(grabs(3));
  expect(loop.plan(false)).toEqual(NOTHING);
  loop.assigned();
  expect(loop.plan(false)).toEqual(NOTHING); // one held, two requested
  loop.released();
  expect(loop.plan(false)).toEqual(grabs(1));
});

test("at most sixteen grabs are outstanding", () => {
  const loop = new GrabLoop(100);
  expect(loop.plan(false)).toEqual(grabs(16));
  for (let i = 0; i < 16; i++) loop.assigned();
  expect(loop.plan(false)).toEqual(grabs(16));
});

test("sleeps once, after every grab is answered", () => {
  const loop = new GrabLoop(2);
  loop.plan(false);
  loop.noJob();
  expect(loop.plan(false)).toEqual(NOTHING);
  loop.noJob();
  expect(loop.plan(false)).toEqual(PRE_SLEEP);
  expect(loop.asleep).toBe(true);
  expect(loop.plan(false)).toEqual(NOTHING);
});

test("X6: after NOOP there is always a grab before the next PRE_SLEEP", () => {
  const loop = new GrabLoop(1);
  loop.plan(false);
  loop.noJob();
  loop.plan(false);
  loop.wake();
  expect(loop.plan(false)).toEqual(grabs(1));
  loop.noJob();
  expect(loop.plan(false)).toEqual(PRE_SLEEP);
});

test("a NOOP is remembered while the capacity is used up", () => {
  const loop = new GrabLoop(2);
  loop.plan(false);
  loop.assigned();
  loop.noJob();
  expect(loop.plan(false)).toEqual(PRE_SLEEP);
  loop.capacity = 1;
  loop.wake();
  expect(loop.plan(false)).toEqual(NOTHING);
  loop.released();
  expect(loop.plan(false)).toEqual(grabs(1));
});

test("a released job does not wake a sleeping worker: the server does", () => {
  const loop = new GrabLoop(2);
  loop.plan(false);
  loop.assigned();
  loop.noJob();
  loop.plan(false);
  loop.released();
  expect(loop.plan(false)).toEqual(NOTHING);
});

describe("paused", () => {
  test("does not grab, still goes to sleep, and remembers a NOOP", () => {
    const loop = new GrabLoop(1);
    loop.plan(false);
    loop.paused = true;
    loop.noJob();
    expect(loop.plan(false)).toEqual(PRE_SLEEP);
    loop.wake();
    expect(loop.plan(false)).toEqual(NOTHING);
    loop.paused = false;
    expect(loop.plan(false)).toEqual(grabs(1));
  });

  test("blocked has the same effect", () => {
    const loop = new GrabLoop(1);
    expect(loop.plan(true)).toEqual(NOTHING);
    expect(loop.plan(false)).toEqual(grabs(1));
  });
});

test("a new connection has no outstanding grabs, but held jobs still count", () => {
  const loop = new GrabLoop(3);
  loop.plan(false);
  loop.assigned();
  loop.restart();
  expect(loop.outstanding).toBe(0);
  expect(loop.plan(false)).toEqual(grabs(2));
  loop.released();
  expect(loop.plan(false)).toEqual(grabs(1));
});

test("answers without a grab are refused", () => {
  const loop = new GrabLoop(1);
  expect([loop.assigned(), loop.noJob(), loop.held]).toEqual([false, false, 0]);
});

test("no grabs at capacity 0, or with more held jobs than the capacity", () => {
  const loop = new GrabLoop(0);
  expect(loop.plan(false)).toEqual(NOTHING);
  loop.capacity = 2;
  loop.plan(false);
  loop.assigned();
  loop.assigned();
  loop.capacity = 1;
  expect(loop.plan(false)).toEqual(NOTHING);
});

test("while every grab brings a job, the number of outstanding ones grows up to the maximum", () => {
  const loop = new GrabLoop(1000, 40);
  expect(loop.plan(false)).toEqual(grabs(16));
  for (let i = 0; i < 16; i++) loop.assigned();
  expect(loop.plan(false)).toEqual(grabs(32));
  for (let i = 0; i < 32; i++) loop.assigned();
  expect(loop.plan(false)).toEqual(grabs(40));
});

test("once there is no job, it starts from sixteen again", () => {
  const loop = new GrabLoop(1000, 40);
  loop.plan(false);
  for (let i = 0; i < 15; i++) loop.assigned();
  loop.noJob();
  expect(loop.plan(false)).toEqual(PRE_SLEEP);
  loop.wake();
  expect(loop.plan(false)).toEqual(grabs(16));
});
