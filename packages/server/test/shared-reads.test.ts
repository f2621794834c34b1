import { once } from "node:events";
import { type AddressInfo, connect, createServer, Socket } from "node:net";
import { expect, type TestContext, test } from "vitest";
import { READ_BYTES } from "../src/core/read-bytes.ts";
import { withSharedReads } from "../src/shared-reads.ts";
import { serverFor, tcp } from "./stages.ts";
import { message, packet, readable, type Wire } from "./wire.ts";

async function wires(context: TestContext, count: number): Promise<Wire[]> {
  const server = serverFor(context, { listen: "127.0.0.1", port: 0 });
  const { port } = await server.listen();
  const all = await Promise.all(Array.from({ length: count }, () => tcp(port)));
  context.onTestFinished(() => {
    for (const wire of all) wire.leave();
  });
  return all;
}

/** Bodies around the size of the buffer, with and without the header counted. */
const sizes = [-13, -12, -11, -1, 0, 1, 12, READ_BYTES].map((more) => READ_BYTES + more);

test.for(sizes)("a packet of %i bytes is echoed unchanged", async (size, context) => {
  const [wire] = (await wires(context, 1)) as [Wire];
  const body = Buffer.alloc(size, "0123456789");
  wire.send(packet("REQ", 16, body));
  expect((await wire.take(12 + size)).equals(packet("RES", 17, body))).toBe(true);
});

test.for([10, 5000, 40_000, 65_000, 66_000])(
  "a workload of %i bytes is not overwritten by later reads",
  async (size, context) => {
    const [client, other, worker] = (await wires(context, 3)) as [Wire, Wire, Wire];
    const workload = Buffer.alloc(size, "w");
    client.send(packet("REQ", 18, Buffer.concat([Buffer.from("f\0u\0"), workload])));
    await client.sync();
    other.send(packet("REQ", 16, Buffer.alloc(READ_BYTES, "!")));
    await other.sync();
    worker.send(message("REQ", "CAN_DO f"));
    worker.send(message("REQ", "GRAB_JOB_UNIQ"));
    const head = Buffer.from("T:1\0f\0u\0");
    const wanted = packet("RES", 31, Buffer.concat([head, workload]));
    expect((await worker.take(wanted.length)).equals(wanted)).toBe(true);
  },
);

test("packets of two connections that arrive in chunks are not mixed", async (context) => {
  const [one, other] = (await wires(context, 2)) as [Wire, Wire];
  const texts = ["a".repeat(300), "b".repeat(300)] as const;
  const bytes = texts.map((text) => message("REQ", `ECHO_REQ ${text}`));
  for (let at = 0; at < 312; at += 7) {
    one.send((bytes[0] as Buffer).subarray(at, at + 7));
    other.send((bytes[1] as Buffer).subarray(at, at + 7));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(readable(await one.take(312))).toEqual([`RES ECHO_RES "${texts[0]}"`]);
  expect(readable(await other.take(312))).toEqual([`RES ECHO_RES "${texts[1]}"`]);
});

test("a packet inside the data of another one is data, also at the start of a chunk", async (context) => {
  const [wire, other] = (await wires(context, 2)) as [Wire, Wire];
  const inner = message("REQ", "SUBMIT_JOB_BG f u w");
  wire.send(packet("REQ", 16, inner).subarray(0, 12));
  await other.sync();
  wire.send(inner);
  expect((await wire.take(12 + inner.length)).equals(packet("RES", 17, inner))).toBe(true);
  other.send(Buffer.from("status\n"));
  expect((await other.takeThrough(".\n")).toString()).toBe(".\n");
});

test("a forwarded result belongs to the client, independent of later reads", async (context) => {
  const [client, worker] = (await wires(context, 2)) as [Wire, Wire];
  client.send(message("REQ", "SUBMIT_JOB f u w"));
  expect(readable(await client.take(15))).toEqual(['RES JOB_CREATED "T:1"']);
  worker.send(message("REQ", "CAN_DO f"));
  worker.send(message("REQ", "GRAB_JOB"));
  await worker.sync();
  const results = Array.from({ length: 200 }, (_, n) =>
    packet("REQ", 28, Buffer.from(`T:1\0${n}-`.padEnd(900, "x"))),
  );
  worker.send(Buffer.concat(results));
  for (let n = 0; n < 200; n++) {
    const wanted = packet("RES", 28, Buffer.from(`T:1\0${n}-`.padEnd(900, "x")));
    expect((await client.take(wanted.length)).equals(wanted), `${n}`).toBe(true);
  }
});

test("requests before the peer's half-close are answered, then the connection ends", async (context) => {
  const [wire] = (await wires(context, 1)) as [Wire];
  // whole buffers: the end of the stream is seen in the same turn
  const echo = packet("REQ", 16, Buffer.alloc(READ_BYTES / 64 - 12, "x"));
  wire.send(Buffer.concat(Array.from({ length: 64 }, () => echo)));
  wire.end();
  expect((await wire.take(READ_BYTES)).length).toBe(READ_BYTES);
  await wire.closed();
});

test("this Node can read into a shared buffer", async (context) => {
  const server = createServer({ pauseOnConnect: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.onTestFinished(() => void server.close());
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  context.onTestFinished(() => void client.destroy());
  const [accepted] = (await once(server, "connection")) as [Socket];
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = withSharedReads(accepted, (bytes, length) => resolve(bytes.toString("latin1", 0, length)));
  expect(socket).toBeInstanceOf(Socket);
  client.write("hello");
  expect(await promise).toBe("hello");
  const ended = once(socket as Socket, "end");
  client.end();
  await ended;
  socket?.destroy();
});

test("a socket without such a handle is unchanged", () => {
  const socket = new Socket();
  expect(withSharedReads(socket, () => undefined)).toBeUndefined();
  expect(socket.destroyed).toBe(false);
});

/** The object that has the method needed for reading into a buffer. */
async function ownerOfMethod(context: TestContext): Promise<object> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  context.onTestFinished(() => {
    client.destroy();
    server.close();
  });
  const [accepted] = (await once(server, "connection")) as [Socket];
  accepted.resume();
  let owner: object = (accepted as unknown as { _handle: object })._handle;
  while (!Object.hasOwn(owner, "useUserBuffer")) owner = Object.getPrototypeOf(owner) as object;
  return owner;
}

test("a Node without this feature works as well", async (context) => {
  const owner = await ownerOfMethod(context);
  const method = Object.getOwnPropertyDescriptor(owner, "useUserBuffer") ?? {};
  Object.defineProperty(owner, "useUserBuffer", { ...method, value: undefined });
  context.onTestFinished(() => void Object.defineProperty(owner, "useUserBuffer", method));
  const [wire] = (await wires(context, 1)) as [Wire];
  const body = Buffer.alloc(200_000, "0123456789");
  for (let n = 0; n < 3; n++) {
    wire.send(packet("REQ", 16, body));
    expect((await wire.take(12 + body.length)).equals(packet("RES", 17, body))).toBe(true);
  }
  wire.send(Buffer.from("version\n"));
  expect((await wire.takeThrough("\n")).toString()).toBe("OK 0.1.2\n");
  wire.end();
  await wire.closed();
});
