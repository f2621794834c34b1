import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { channels } from "@mod-gearman/observe";
import { settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { ClientConnection } from "../src/client/client-connection.ts";
import { WorkerConnection } from "../src/worker/worker-connection.ts";
import { accepting, assign, bytes, first, stage } from "./fixtures.ts";

test("connects, disconnects, submits and assigned jobs are published, without workloads", async (context) => {
  const seen: unknown[] = [];
  const note = (message: unknown, name: string | symbol) => seen.push([name, message]);
  for (const name of Object.values(channels.client)) {
    subscribe(name, note);
    context.onTestFinished(() => void unsubscribe(name, note));
  }
  const client = stage(accepting());
  const connection = new ClientConnection({
    servers: [first],
    duplex: client.server.connect,
    clock: client.clock,
  });
  await connection.submitBackground({ function: bytes("host"), data: bytes("secret") });
  const { server, clock } = stage();
  new WorkerConnection({
    server: first,
    functions: [bytes("host")],
    maxInFlight: 1,
    onJob: () => {},
    duplex: server.connect,
    clock,
  });
  const peer = await server.connection();
  await settle();
  peer.send(assign("H:1", "host", "secret"));
  await settle();
  peer.end();
  await settle();
  expect(seen).toEqual([
    [channels.client.connect, { role: "client", server: first }],
    [channels.client.submit, { server: first, function: "host", bytes: 6 }],
    [channels.client.connect, { role: "worker", server: first }],
    [channels.client.assign, { function: "host", bytes: 6 }],
    [channels.client.disconnect, { role: "worker", code: "END" }],
  ]);
});
