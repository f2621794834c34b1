// @module-tag slow
import { encodePacket, type Packet } from "@mod-gearman/protocol";
import { type RunningGearmand, startGearmand, waitFor, waitForEvent } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { ClientConnection } from "../src/client/client-connection.ts";
import type { ClientConnectionOptions } from "../src/client/client-options.ts";
import { Connection } from "../src/connection/connection.ts";
import { Liveness } from "../src/connection/liveness.ts";
import { bytes } from "./fixtures.ts";

const addressOf = ({ port }: RunningGearmand) => ({ host: "127.0.0.1", port });
const liveness = new Liveness();

function clientOf(context: TestContext, server: RunningGearmand, options: Partial<ClientConnectionOptions>) {
  const client = new ClientConnection({ servers: [addressOf(server)], closeTimeoutMs: 1, ...options });
  context.onTestFinished(() => client.close());
  return client;
}

test("gearmand: echo requests do not wake a sleeping worker, and it is woken as before", async (context) => {
  const server = await startGearmand(context);
  const worker = new Connection({ servers: [addressOf(server)] });
  context.onTestFinished(() => worker.close());
  const packets: string[] = [];
  worker.on("packet", ({ name }) => packets.push(name));
  const send = (...all: Packet[]) => worker.send(Buffer.concat(all.map((one) => encodePacket("REQ", one))));
  worker.open();
  await waitForEvent(worker, "connect");
  send({ name: "CAN_DO", function: bytes("q") }, { name: "GRAB_JOB_UNIQ" });
  await waitFor("NO_JOB", () => packets.includes("NO_JOB"));
  const echo: Packet = { name: "ECHO_REQ", data: bytes("alive?") };
  send({ name: "PRE_SLEEP" }, echo, echo, echo);
  await waitFor("three answers", () => packets.length === 4);
  const client = clientOf(context, server, {});
  await client.submitBackground({ function: bytes("q"), data: bytes("work") });
  await waitFor("the wake-up", () => packets.includes("NOOP"));
  expect(packets).toEqual(["NO_JOB", "ECHO_RES", "ECHO_RES", "ECHO_RES", "NOOP"]);
});

test("gearmand stopped: dropped, not reconnected while it is stopped, and unread data is not delivered", async (context) => {
  const server = await startGearmand(context);
  const client = clientOf(context, server, { liveness, failWhenLost: true });
  await client.waitConnected();
  await server.freeze(true);
  const fillers = Array.from({ length: 40 }, (_, n) =>
    client.submitBackground({ function: bytes("q"), data: Buffer.alloc(1024 * 1024, String(n % 10)) }),
  );
  const ends = Promise.allSettled(fillers); // more than the socket buffers of both ends hold
  await waitForEvent(client, "disconnect");
  expect(new Set((await ends).map((end) => end.status))).toEqual(new Set(["rejected"]));
  let connects = 0;
  client.on("connect", () => connects++);
  await waitForEvent(client, "unreachable", () => true, 10_000);
  expect(connects).toBe(0);
  await server.freeze(false);
  await waitFor("the server to be back", () => client.connected, 10_000);
  const { handle } = await client.submitBackground({ function: bytes("other"), data: bytes("x") });
  expect((await client.getStatus(handle)).known).toBe(true);
  const q = (await client.queues()).find((one) => one.queue.toString() === "q");
  expect(q?.total ?? 0).toBeLessThan(40);
}, 40_000);
