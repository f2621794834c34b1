import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock, waitFor } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { serverFor, tcp } from "./stages.ts";

async function occupied(context: TestContext): Promise<{ server: Server; port: number }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.onTestFinished(() => void server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

test("an address in use is an error at once without a bind timeout", async (context) => {
  const { port } = await occupied(context);
  const server = serverFor(context, { listen: "127.0.0.1", port });
  await expect(server.listen()).rejects.toMatchObject({
    code: "ADDRESS_IN_USE",
    message: `Timeout occurred when calling bind() for 127.0.0.1:${port}`,
  });
});

test("retries after 1, 2, 4, 6, 9 seconds and rejects after 22", async (context) => {
  const { port } = await occupied(context);
  const clock = new ManualClock();
  const logger = memoryLogger();
  const server = serverFor(context, { listen: "127.0.0.1", port, bindTimeoutMs: 20_000, clock, logger });
  const listening = server.listen();
  const waits: (number | undefined)[] = [];
  for (let attempt = 1; attempt <= 5; attempt++) {
    await waitFor("the next attempt", () => clock.pending === 1);
    waits.push(clock.nextInMs);
    clock.tick(clock.nextInMs ?? 0);
  }
  await expect(listening).rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
  expect(waits).toEqual([1000, 2000, 4000, 6000, 9000]);
  expect(logger.lines[0]).toBe(`warn: 127.0.0.1:${port} is in use, next attempt in 1 s`);
});

test("listens when the address becomes free", async (context) => {
  const { server: other, port } = await occupied(context);
  const clock = new ManualClock();
  const server = serverFor(context, { listen: "127.0.0.1", port, bindTimeoutMs: 20_000, clock });
  const listening = server.listen();
  await waitFor("the first attempt", () => clock.pending === 1);
  other.close();
  await once(other, "close");
  clock.tick(1000);
  expect((await listening).port).toBe(port);
});

test("close ends the retries", async (context) => {
  const { port } = await occupied(context);
  const clock = new ManualClock();
  const server = serverFor(context, { listen: "127.0.0.1", port, bindTimeoutMs: 20_000, clock });
  const listening = server.listen();
  await waitFor("the first attempt", () => clock.pending === 1);
  await server.close();
  await expect(listening).rejects.toMatchObject({ code: "CLOSED" });
  expect(clock.pending).toBe(0);
});

test("closed during the start, it does not listen", async (context) => {
  const server = serverFor(context, { listen: "127.0.0.1", port: 0 });
  const listening = server.listen();
  await server.close();
  await expect(listening).rejects.toMatchObject({ code: "CLOSED" });
  expect(server.address()).toBeUndefined();
});

test("listens on every address of a name, with one port, and on all addresses without one", async (context) => {
  const named = serverFor(context, { listen: "localhost", port: 0 });
  const { port } = await named.listen();
  const wire = await tcp(port);
  await wire.sync();
  wire.leave();
  const everywhere = serverFor(context, { port: 0 });
  const other = await tcp((await everywhere.listen()).port);
  await other.sync();
  other.leave();
});

test("a name without address", async (context) => {
  const server = serverFor(context, { listen: "no-such-host.invalid", port: 0 });
  await expect(server.listen()).rejects.toMatchObject({ code: "UNKNOWN_HOST" });
});

test("an address of another machine", async (context) => {
  const server = serverFor(context, { listen: "192.0.2.1", port: 0 });
  await expect(server.listen()).rejects.toMatchObject({ code: "CANNOT_LISTEN" });
});

test("listens on every given name, on each address once", async (context) => {
  const logger = memoryLogger();
  const server = serverFor(context, { listen: ["127.0.0.1", "127.0.0.2", "127.0.0.1"], port: 0, logger });
  const { port } = await server.listen();
  for (const host of ["127.0.0.1", "127.0.0.2"]) {
    const socket = connect(port, host);
    await once(socket, "connect");
    socket.destroy();
  }
  expect(logger.lines.filter((line) => line.includes("Listening"))).toEqual([
    `info: Listening on 127.0.0.1:${port}`,
    `info: Listening on 127.0.0.2:${port}`,
  ]);
});

test("if one of several names cannot be used, it rejects and listens on none", async (context) => {
  for (const bad of ["192.0.2.1", "no-such-host.invalid"]) {
    const server = serverFor(context, { listen: ["127.0.0.1", bad], port: 0 });
    await expect(server.listen()).rejects.toMatchObject({
      code: expect.stringMatching(/CANNOT_LISTEN|UNKNOWN_HOST/),
    });
    expect(server.address()).toBeUndefined();
  }
});
