import { settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import type { ClientError } from "../src/connection/errors.ts";
import { assign, bytes } from "./fixtures.ts";
import { connected, fresh } from "./worker-fixtures.ts";

const RESULT = { function: bytes("results"), unique: bytes("u-1"), data: bytes("text\0with NUL") };

/** Submits and records the outcome: undefined, or the code of the error. */
function noting(settled: unknown[]) {
  return (error: ClientError | undefined) => void settled.push(error?.code);
}

test("a background job leaves before the report of the job that ended in the same turn", async () => {
  const { peer, worker, jobs } = await connected();
  const news = fresh(peer);
  peer.send(assign("H:1", "host", "text"));
  await settle();
  news();
  const settled: unknown[] = [];
  expect(worker.submitBackground(RESULT, noting(settled))).toBe(true);
  jobs[0]?.complete(bytes("OK"));
  await settle();
  expect(news()).toEqual(["SUBMIT_JOB_BG", "WORK_COMPLETE", "GRAB_JOB_UNIQ"]);
  expect(peer.received.at(-3)).toEqual({ name: "SUBMIT_JOB_BG", ...RESULT });
  expect(settled).toEqual([]);
  peer.send({ name: "JOB_CREATED", handle: bytes("H:2") });
  await settle();
  expect(settled).toEqual([undefined]);
});

test("a job without unique key gets a random one", async () => {
  const { peer, worker } = await connected();
  for (const _ of [1, 2]) worker.submitBackground({ ...RESULT, unique: bytes("") }, () => undefined);
  await settle();
  const uniques = peer.received.flatMap((packet) =>
    packet.name === "SUBMIT_JOB_BG" ? [packet.unique.toString()] : [],
  );
  expect(uniques).toEqual([
    expect.stringMatching(/^[0-9a-f-]{36}$/),
    expect.stringMatching(/^[0-9a-f-]{36}$/),
  ]);
  expect(uniques[0]).not.toBe(uniques[1]);
});

test("a lost connection settles unanswered submits once", async () => {
  const { peer, worker, clock } = await connected();
  const settled: unknown[] = [];
  worker.submitBackground(RESULT, noting(settled));
  worker.submitBackground(RESULT, noting(settled));
  peer.send({ name: "JOB_CREATED", handle: bytes("H:2") });
  await settle();
  peer.end();
  await settle();
  expect(settled).toEqual([undefined, "CONNECTION_LOST"]);
  expect(worker.submitBackground(RESULT, noting(settled))).toBe(false);
  await clock.advance(100);
  expect(settled).toHaveLength(2);
});

test("an ERROR answers the oldest submit; the connection continues", async () => {
  const { peer, worker, problems } = await connected();
  const settled: unknown[] = [];
  worker.submitBackground(RESULT, noting(settled));
  worker.submitBackground(RESULT, noting(settled));
  peer.send({ name: "ERROR", code: bytes("JOB_QUEUE_FULL"), text: bytes("full") });
  peer.send({ name: "JOB_CREATED", handle: bytes("H:2") });
  await settle();
  expect(settled).toEqual(["SERVER_ERROR", undefined]);
  expect([worker.connected, problems]).toEqual([true, []]);
});

test("a name with NUL is refused and not sent", async () => {
  const { peer, worker } = await connected();
  const news = fresh(peer);
  news();
  const settled: unknown[] = [];
  expect(worker.submitBackground({ ...RESULT, function: bytes("a\0b") }, noting(settled))).toBe(false);
  await settle();
  expect(news()).toEqual([]);
  expect(settled).toEqual([]);
});

test("close waits for the answer, at most as long as for the flush", async () => {
  const one = await connected();
  const settled: unknown[] = [];
  one.worker.submitBackground(RESULT, noting(settled));
  const closed = one.worker.close();
  expect(one.worker.submitBackground(RESULT, noting(settled))).toBe(false);
  await settle();
  expect(one.worker.connected).toBe(true);
  one.peer.send({ name: "JOB_CREATED", handle: bytes("H:2") });
  await settle();
  await one.clock.advance(1000);
  await closed;
  expect(settled).toEqual([undefined]);

  const other = await connected();
  other.worker.submitBackground(RESULT, noting(settled));
  const given = other.worker.close();
  await settle();
  await other.clock.advance(1000);
  await settle();
  await other.clock.advance(1000);
  await given;
  expect(settled).toEqual([undefined, "CONNECTION_LOST"]);
});

test("a server that does not answer is replaced", async () => {
  const { worker, peer, clock } = await connected({ paused: true, answerTimeoutMs: 5000 });
  const settled: unknown[] = [];
  worker.submitBackground(RESULT, noting(settled));
  await settle();
  await clock.advance(5000);
  await settle();
  expect(settled).toEqual(["CONNECTION_LOST"]);
  expect(peer.names).toContain("SUBMIT_JOB_BG");
});

test("a submit after a pause gets the full time for its answer", async () => {
  const { worker, peer, clock } = await connected({ answerTimeoutMs: 5000 });
  const settled: unknown[] = [];
  await clock.advance(10);
  peer.send({ name: "NO_JOB" });
  await settle();
  await clock.advance(4980);
  worker.submitBackground(RESULT, noting(settled));
  await clock.advance(4999);
  peer.send({ name: "JOB_CREATED", handle: bytes("H:2") });
  await settle();
  expect([settled, worker.connected]).toEqual([[undefined], true]);
});

test("an unexpected JOB_CREATED ends the connection", async () => {
  const { peer, worker } = await connected();
  peer.send({ name: "JOB_CREATED", handle: bytes("H:2") });
  await settle();
  expect(worker.connected).toBe(false);
});
