import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, type TestContext, test } from "vitest";
import { FakeJobServer } from "../src/fake-job-server.ts";
import { FaultProxy } from "../src/fault-proxy.ts";
import { waitForEvent } from "../src/wait-for.ts";

/** An echoing server of text lines behind a proxy, and a client connected through it. */
async function setUp(context: TestContext): Promise<{ proxy: FaultProxy; socket: Socket }> {
  const server = new FakeJobServer({
    onLine: (line, connection) => connection.sendBytes(Buffer.from(`${line}\n`)),
  });
  const proxy = await FaultProxy.start(await server.listen());
  const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => {}); // tests that cause resets check them
  context.onTestFinished(async () => {
    socket.destroy();
    await proxy.close();
    await server.close();
  });
  await once(socket, "connect");
  return { proxy, socket };
}

/** Bytes until `length` of them have arrived or the stream ends. */
async function read(socket: Socket, length: number): Promise<string> {
  let text = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += (chunk as Buffer).toString();
    if (text.length >= length) break;
  }
  return text;
}

test("passes bytes", async (context) => {
  const { socket } = await setUp(context);
  socket.write("hello\n");
  expect(await read(socket, 6)).toBe("hello\n");
});

test("stalls a direction and continues it in order", async (context) => {
  const { proxy, socket } = await setUp(context);
  proxy.setFlow("up", "stall");
  socket.write("first\n");
  await waitForEvent(proxy, "held");
  proxy.setFlow("up", "pass");
  socket.write("second\n");
  expect(await read(socket, 13)).toBe("first\nsecond\n");
});

test("cuts after an exact number of bytes", async (context) => {
  const { proxy, socket } = await setUp(context);
  proxy.cutAfter("down", 3);
  socket.write("abcdef\n");
  expect(await read(socket, 100)).toBe("abc");
  expect(proxy.open).toBe(0);
});

test("resets open connections", async (context) => {
  const { proxy, socket } = await setUp(context);
  socket.write("x\n");
  await read(socket, 2);
  const error = once(socket, "error");
  socket.resume();
  proxy.cut();
  expect((await error)[0]).toMatchObject({ code: "ECONNRESET" });
});

test("half closes: the client gets the end and the server is still listening", async (context) => {
  const { proxy, socket } = await setUp(context);
  socket.write("x\n");
  await read(socket, 2);
  proxy.halfClose("down");
  socket.resume();
  await once(socket, "end");
  expect(socket.writable).toBe(true);
});

test("refuses and accepts again on the same port", async (context) => {
  const { proxy } = await setUp(context);
  await proxy.refuse();
  const refused = connect({ port: proxy.port, host: "127.0.0.1" });
  expect((await once(refused, "error"))[0]).toMatchObject({ code: "ECONNREFUSED" });
  await proxy.restore();
  const accepted = connect({ port: proxy.port, host: "127.0.0.1" });
  await once(accepted, "connect");
  accepted.destroy();
});
