import { Writable } from "node:stream";
import { duplexPair } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { Outbox } from "../src/outbox.ts";
import { message } from "./wire.ts";

const ECHO_RES = 17;
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** Counts what is written; takes it only when told to. */
class Sink extends Writable {
  readonly calls: Buffer[][] = [];
  isStuck = false;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this._writev([{ chunk }], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.calls.push(chunks.map(({ chunk }) => chunk));
    if (!this.isStuck) done();
  }
}

function outboxTo(sink: Sink, maxWaitingBytes = UNLIMITED): { outbox: Outbox; overflows: number[] } {
  const overflows: number[] = [];
  // an outbox only writes
  const outbox = new Outbox(sink as unknown as ConstructorParameters<typeof Outbox>[0], maxWaitingBytes, () =>
    overflows.push(sink.writableLength),
  );
  return { outbox, overflows };
}

test("everything of one turn is written at once, in order", async () => {
  const sink = new Sink();
  const { outbox } = outboxTo(sink);
  for (let n = 0; n < 200; n++) outbox.packet(ECHO_RES, `${n}\0`, Buffer.from("data"));
  outbox.text("OK \xe4\n");
  expect(sink.calls).toEqual([]);
  await Promise.resolve();
  const wanted = Array.from({ length: 200 }, (_, n) => message("RES", `ECHO_RES ${n}\\0data`));
  expect(sink.calls).toEqual([[Buffer.concat([...wanted, Buffer.from("OK \xe4\n", "latin1")])]]);
});

test("large data is not copied, and keeps its place", async () => {
  const sink = new Sink();
  const { outbox } = outboxTo(sink);
  const large = Buffer.alloc(20_000, "x");
  outbox.packet(ECHO_RES, "a");
  outbox.packet(ECHO_RES, "b", large);
  outbox.packet(ECHO_RES, "c");
  await Promise.resolve();
  const [pieces = []] = sink.calls;
  expect(pieces[1]).toBe(large);
  const wanted = ["ECHO_RES a", `ECHO_RES b${large}`, "ECHO_RES c"].map((one) => message("RES", one));
  expect(Buffer.concat(pieces)).toEqual(Buffer.concat(wanted));
});

test("when too much waits for the peer, nothing is added and the overflow is told once", async () => {
  const sink = new Sink({ highWaterMark: 1 });
  sink.isStuck = true;
  const { outbox, overflows } = outboxTo(sink, 1000);
  outbox.packet(ECHO_RES, "x".repeat(600));
  outbox.packet(ECHO_RES, "x".repeat(600));
  await Promise.resolve();
  outbox.packet(ECHO_RES, "");
  outbox.packet(ECHO_RES, "");
  await Promise.resolve();
  expect(overflows).toEqual([1224]);
  expect(sink.calls.flat().length).toBe(1);
});

test("after close nothing is written", async () => {
  const [ours, theirs] = duplexPair();
  const seen: Buffer[] = [];
  theirs.on("data", (chunk: Buffer) => seen.push(chunk));
  const outbox = new Outbox(ours, UNLIMITED, () => undefined);
  outbox.packet(ECHO_RES, "x");
  outbox.close();
  outbox.packet(ECHO_RES, "y");
  ours.end();
  await new Promise((resolve) => theirs.once("end", resolve));
  expect(seen).toEqual([]);
});
