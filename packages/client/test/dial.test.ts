import { once } from "node:events";
import type { Socket } from "node:net";
import { FakeJobServer, freePort } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { dialTcp } from "../src/connection/dial.ts";

test("connects, and resolves the name at each attempt", async (context) => {
  const server = new FakeJobServer();
  context.onTestFinished(() => server.close());
  const { port } = await server.listen();
  const asked: string[] = [];
  const dial = dialTcp({
    lookup: (host, options, done) => {
      asked.push(host);
      if (options.all) done(null, [{ address: "127.0.0.1", family: 4 }]);
      else done(null, "127.0.0.1", 4);
    },
  });
  const { signal } = new AbortController();
  const streams = [
    await dial({ host: "js.test", port }, signal),
    await dial({ host: "js.test", port }, signal),
  ];
  expect(asked).toEqual(["js.test", "js.test"]);
  for (const stream of streams) {
    expect((stream as Socket).readyState).toBe("open");
    expect(stream.listenerCount("error") + stream.listenerCount("connect")).toBe(0); // all removed
    stream.destroy();
  }
});

test("rejects with the error of the system", async () => {
  const port = await freePort();
  const refused = dialTcp()({ host: "127.0.0.1", port }, new AbortController().signal);
  await expect(refused).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("stops when aborted, before and during the attempt", async (context) => {
  const server = new FakeJobServer();
  context.onTestFinished(() => server.close());
  const address = await server.listen();
  const before = new AbortController();
  before.abort(new Error("too late"));
  await expect(dialTcp()(address, before.signal)).rejects.toThrow("too late");
  const during = new AbortController();
  const neverResolves = dialTcp({ lookup: () => {} })({ host: "js.test", port: 1 }, during.signal);
  during.abort(new Error("enough"));
  await expect(neverResolves).rejects.toThrow("enough");
});

test("an abort after the connection was made has no effect on it", async (context) => {
  const server = new FakeJobServer();
  context.onTestFinished(() => server.close());
  const controller = new AbortController();
  const stream = await dialTcp()(await server.listen(), controller.signal);
  controller.abort();
  expect(stream.destroyed).toBe(false);
  stream.destroy();
  await once(stream, "close");
});
