import type { FakeScript } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import type { ClientError } from "../src/connection/errors.ts";
import { UniqueSeries } from "../src/submit/random-unique.ts";
import { SubmitLink } from "../src/submit/submit-link.ts";
import { job } from "./client-fixtures.ts";
import { accepting, bytes, first, stage } from "./fixtures.ts";

/** A connected link and the calls it made. */
async function connected(script: FakeScript) {
  const { server, clock } = stage(script);
  const calls: string[] = [];
  const isConnected = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<ClientError>();
  const uniques = new UniqueSeries();
  const options = { connectTimeoutMs: 1000, submitTimeoutMs: 2000, clock, uniques, duplex: server.connect };
  const link = new SubmitLink(first, options, {
    onConnected: () => isConnected.resolve(),
    onAccepted: () => calls.push("accepted"),
    onFailed: (error) => {
      calls.push(error.code);
      failed.resolve(error);
    },
  });
  await isConnected.promise;
  return { link, clock, calls, uniques, failed: failed.promise, peer: await server.connection() };
}

test("jobs of one turn leave together, each with the key of its number", async () => {
  const { link, calls, uniques, peer, clock } = await connected(accepting());
  link.submit(job("a"), 0);
  link.submit(job("b", { unique: bytes("own") }), 1);
  link.submit(job("c"), 2);
  await clock.advance(0);
  expect(peer.received).toMatchObject([
    { name: "SUBMIT_JOB_BG", data: bytes("a"), unique: uniques.at(0) },
    { name: "SUBMIT_JOB_BG", data: bytes("b"), unique: bytes("own") },
    { name: "SUBMIT_JOB_BG", data: bytes("c"), unique: uniques.at(2) },
  ]);
  expect(calls).toEqual(["accepted", "accepted", "accepted"]);
  void link.close();
});

test("an ERROR, an unexpected packet and silence end it once, with the reason", async () => {
  const error = { name: "ERROR", code: bytes("QUEUE_FULL"), text: bytes("full") } as const;
  const refused = await connected({ onPacket: (_, peer) => peer.send(error, error) });
  refused.link.submit(job(), 0);
  expect(await refused.failed).toMatchObject({
    code: "SERVER_ERROR",
    serverCode: "QUEUE_FULL",
    serverText: "full",
    phase: "submitting",
  });
  const confused = await connected({ onPacket: (_, peer) => peer.send({ name: "NOOP" }) });
  confused.link.submit(job(), 0);
  expect(await confused.failed).toMatchObject({ code: "PROTOCOL" });
  const silent = await connected({});
  silent.link.submit(job(), 0);
  await silent.clock.advance(2000);
  expect(await silent.failed).toMatchObject({ code: "TIMEOUT" });
  expect([refused.calls, confused.calls, silent.calls]).toEqual([
    ["SERVER_ERROR"],
    ["PROTOCOL"],
    ["TIMEOUT"],
  ]);
});

test("no callback after close", async () => {
  const { link, calls, peer, clock } = await connected({});
  link.submit(job(), 0);
  void link.close();
  await peer.closed;
  await clock.advance(10_000);
  expect(calls).toEqual([]);
});
