import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import type { SubmitPacket } from "@mod-gearman/protocol";
import { FakeJobServer } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import * as clientRoom from "../src/index.ts";
import { accepting, bytes } from "./fixtures.ts";

/** The minimum of a server for the example: holds jobs until a worker grabs them. */
function holdingServer(): FakeJobServer {
  const jobs: SubmitPacket[] = [];
  const wakeAll = () => {
    for (const peer of server.connections) peer.send({ name: "NOOP" });
  };
  const server = new FakeJobServer({
    onLine: (_, peer) => peer.sendBytes(bytes("OK 1\n")),
    onPacket: (packet, peer) => {
      if (packet.name === "SUBMIT_JOB_BG") {
        jobs.push(packet);
        peer.send({ name: "JOB_CREATED", handle: bytes("H:1") });
        wakeAll();
      } else if (packet.name === "GRAB_JOB_UNIQ") {
        const job = jobs.shift();
        if (job === undefined) peer.send({ name: "NO_JOB" });
        else peer.send({ ...job, name: "JOB_ASSIGN_UNIQ", handle: bytes("H:1") });
      } else if (packet.name === "PRE_SLEEP" && jobs.length > 0) wakeAll();
    },
  });
  return server;
}

test("the example in the README prints the output shown there", async (context) => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const promised = /\n\/\/ (.*)\n$/.exec(example)?.[1];
  const server = holdingServer();
  context.onTestFinished(() => server.close());
  const { host, port } = await server.listen();
  const body = example
    .replace(/import (\{[^}]*\}) from "[^"]*";/, "const $1 = clientRoom;")
    .replace("await client.close();", "await printed; await client.close();")
    .replace('{ host: "localhost", port: 4730 }', JSON.stringify({ host, port }));
  const printed = Promise.withResolvers<string>();
  const source = `return ${stripTypeScriptTypes(`(async () => {${body}})()`)}`;
  const run = new Function("clientRoom", "console", "printed", source);
  await run(clientRoom, { log: printed.resolve }, printed.promise);
  expect(promised).toBe("got host_name=web01");
  expect(await printed.promise).toBe(promised);
  for (const connection of server.connections) await connection.closed;
});

test("the bulk example in the README submits every line", async (context) => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n(let made[\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const server = new FakeJobServer(accepting());
  const client = new clientRoom.ClientConnection({ servers: [await server.listen()], maxQueued: 50 });
  context.onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  const lines = Array.from({ length: 500 }, (_, n) => bytes(String(n)));
  const ends: unknown[] = [];
  const done = Promise.withResolvers<void>();
  const count = (error: unknown) => {
    if (ends.push(error) === lines.length) done.resolve();
  };
  const run = new Function("client", "lines", "queue", "count", stripTypeScriptTypes(example));
  run(client, lines, bytes("q"), count);
  await done.promise;
  expect(new Set(ends)).toEqual(new Set([undefined]));
  const received = server.connections[0]?.received.map((packet) => "data" in packet && packet.data);
  expect(received).toEqual(lines);
});
