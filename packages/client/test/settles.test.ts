import type { Packet } from "@mod-gearman/protocol";
import { type FakeConnection, type FakeScript, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { ClientConnection } from "../src/client/client-connection.ts";
import { job, outcome } from "./client-fixtures.ts";
import { bytes, first, stage } from "./fixtures.ts";

type Dice = (sides: number) => number;

/** Numbers 0…sides−1, derived from a seed. */
function diceOf(seed: number): Dice {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * sides);
  };
}

/** A random packet about a job, with a valid or invalid handle. */
function report(dice: Dice): Packet {
  const handle = bytes(`H:${dice(40)}`);
  const data = bytes("x".repeat(dice(30)));
  const packets: Packet[] = [
    { name: "WORK_DATA", handle, data },
    { name: "WORK_WARNING", handle, data },
    { name: "WORK_STATUS", handle, numerator: data, denominator: data },
    { name: "WORK_COMPLETE", handle, data },
    { name: "WORK_COMPLETE", handle, data },
    { name: "WORK_FAIL", handle },
    { name: "WORK_EXCEPTION", handle, data },
  ];
  return packets[dice(packets.length)] as Packet;
}

/** A server with random behaviour: answers, errors, reports, silence, invalid bytes, ends and resets. */
function randomServer(dice: Dice): FakeScript {
  let handles = 0;
  const act = (peer: FakeConnection) => {
    const throwOf = dice(100);
    if (throwOf < 70) peer.send({ name: "JOB_CREATED", handle: bytes(`H:${++handles % 40}`) });
    else if (throwOf < 78) peer.send({ name: "ERROR", code: bytes("E"), text: bytes("t") });
    else if (throwOf < 84) peer.end();
    else if (throwOf < 88) peer.destroy();
    else if (throwOf < 90) peer.sendBytes(bytes("nonsense, not a packet"));
    else if (throwOf < 91) peer.send({ name: "NOOP" });
    while (dice(3) > 0) peer.send(report(dice));
  };
  return { onPacket: (_, peer) => act(peer) };
}

const CODES = new Set([
  ...["CONNECTION_LOST", "SERVER_ERROR", "TIMEOUT", "PROTOCOL"],
  ...["JOB_FAILED", "JOB_EXCEPTION", "DATA_TOO_LARGE"],
]);

/** Runs 150 calls of all kinds against a server with random behaviour. @returns how each ended */
async function run(dice: Dice): Promise<string[]> {
  const { server, clock } = stage(randomServer(dice));
  const options = { servers: [first], duplex: server.connect, clock, window: 7, submitTimeoutMs: 2000 };
  const client = new ClientConnection({ ...options, exceptions: dice(2) === 0 });
  const ends: string[] = [];
  const promises: Promise<string>[] = [];
  for (let i = 0; i < CALLS; i++) {
    const submit = job(String(i), { resend: i % 4 === 0 });
    if (i % 3 === 0) client.enqueueBackground(submit, (error) => ends.push(error?.code ?? "H:"));
    else if (i % 3 === 1) promises.push(outcome(client.submitBackground(submit)));
    else {
      const wanted = { ...job(String(i)), maxDataBytes: 40, timeoutMs: 1 + dice(3000) };
      promises.push(outcome(client.submitForeground(wanted)));
    }
    if (i % 5 === 0) await clock.advance(dice(300));
  }
  await clock.advance(12_000);
  await settle();
  const pending = client.pending;
  await client.close();
  expect([pending, clock.pending]).toEqual([0, 0]);
  return [...(await Promise.all(promises)), ...ends];
}

const CALLS = 150;
const SEEDS = Array.from({ length: 40 }, (_, n) => 12_345 + n * 7919);

test.for(SEEDS)(
  "every call settles once and nothing remains, however the server fails (seed %i)",
  async (seed) => {
    const ends = await run(diceOf(seed));
    expect(ends).toHaveLength(CALLS);
    expect(ends.filter((end) => !end.startsWith("H:") && !CODES.has(end))).toEqual([]);
  },
);
