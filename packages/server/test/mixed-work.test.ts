import { connect } from "node:net";
import { duplexPair } from "node:stream";
import { expect, test } from "vitest";
import { MixedWork } from "./mixed-work.ts";
import { Content, Dice, Mixer } from "./mixing.ts";
import { serverFor, tcp } from "./stages.ts";
import { packet } from "./wire.ts";

test("interleaved reads and writes: every peer gets its own packets", async (context) => {
  const server = serverFor(context, { listen: "127.0.0.1", port: 0 });
  const { port } = await server.listen();
  const mostBytes = 300 * 1024;
  const work = new MixedWork(port, { seed: 20_26, clients: 6, workers: 4, jobsPerClient: 30, mostBytes });
  context.onTestFinished(() => work.leave());
  await work.run();
  expect(work.faults).toEqual([]);
  expect(server.stats()).toMatchObject({ jobs: 0, running: 0, refused: 0, closed: {} });
});

test("a peer that reads late gets its own answers, regardless of those sent to others in the meantime", async (context) => {
  const server = serverFor(context, { listen: "127.0.0.1", port: 0 });
  const { port } = await server.listen();
  const [content, dice] = [new Content(7, 100_000), new Dice(7)];
  const wanted: Buffer[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let heard = 0;
  let faults = 0;
  const late = new Mixer(connect(port, "127.0.0.1"), ({ body }) => {
    if (!body.equals(wanted[heard++] as Buffer)) faults += 1;
    if (heard === wanted.length) resolve();
  });
  context.onTestFinished(() => void late.socket.destroy());
  late.socket.pause();
  const other = await tcp(port);
  context.onTestFinished(() => other.leave());
  for (let n = 0; n < 3000; n++) {
    // more than the buffers of the system, most of it in chunks that the server copies
    const data = content.of(n, dice.roll(dice.pick([20, 7000, 7000, 7000, n % 50 === 0 ? 100_000 : 7000])));
    wanted.push(data);
    late.request(16, data);
    late.sendSome(Number.POSITIVE_INFINITY);
    if (n % 4 > 0) continue;
    other.send(packet("REQ", 16, Buffer.alloc(1 + dice.roll(8000), "other")));
    await other.sync();
    await other.take(other.pending.length);
  }
  late.socket.resume();
  await promise;
  expect(faults).toBe(0);
});

test("a stream in memory that answers during a write gets every answer once and in order", async (context) => {
  const server = serverFor(context);
  const [ours, theirs] = duplexPair(); // of Node: written bytes are read immediately by the other end
  server.accept(theirs);
  const sent: string[] = [];
  const heard: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const client = new Mixer(ours, ({ body }) => {
    heard.push(body.toString("latin1"));
    if (heard.length < 10) ask(1);
    else if (heard.length === 10) ask(300);
    else if (heard.length === 310) resolve();
  });
  const ask = (count: number): void => {
    for (let n = 0; n < count; n++) {
      const text = `${sent.length}`.padEnd(1000);
      sent.push(text);
      client.request(16, text);
    }
    client.sendSome(Number.POSITIVE_INFINITY);
  };
  ask(1);
  await promise;
  expect(heard).toEqual(sent);
});
