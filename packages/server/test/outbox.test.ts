import { type Duplex, Writable } from "node:stream";
import { duplexPair } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { assignHead, Job, JobFunction } from "../src/core/entities.ts";
import { Flusher } from "../src/flusher.ts";
import { Outbox } from "../src/outbox.ts";
import { request } from "./jobs.ts";
import { message } from "./wire.ts";

const JOB_CREATED = 8;
const JOB_ASSIGN = 11;
const JOB_ASSIGN_UNIQ = 31;
const ECHO_RES = 17;
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** Counts writes; completes them on demand. */
class Sink extends Writable {
  readonly calls: Buffer[][] = [];
  isStuck = false;
  #done: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this._writev([{ chunk }], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.calls.push(chunks.map(({ chunk }) => chunk));
    if (this.isStuck) this.#done = done;
    else done();
  }

  /** Completes the pending write. */
  release(): void {
    this.#done?.();
  }
}

function outboxTo(
  sink: Writable,
  {
    maxWaitingBytes = UNLIMITED,
    takesCopies = false,
  }: { maxWaitingBytes?: number; takesCopies?: boolean } = {},
): { outbox: Outbox; overflows: number[] } {
  const overflows: number[] = [];
  // an outbox only writes
  const outbox = new Outbox(sink as Duplex, {
    maxWaitingBytes,
    takesCopies,
    flusher: new Flusher(),
    onOverflow: () => overflows.push(sink.writableLength),
    onFreed: () => undefined,
  });
  return { outbox, overflows };
}

/** Resolves at the end of the turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("all data of one turn is written at once, in order", async () => {
  const sink = new Sink();
  const { outbox } = outboxTo(sink);
  for (let n = 0; n < 200; n++) outbox.packet(ECHO_RES, `${n}\0`, Buffer.from("data"));
  outbox.text("OK \xe4\n");
  expect(sink.calls).toEqual([]);
  await turn();
  const wanted = Array.from({ length: 200 }, (_, n) => message("RES", `ECHO_RES ${n}\\0data`));
  expect(sink.calls).toEqual([[Buffer.concat([...wanted, Buffer.from("OK \xe4\n", "latin1")])]]);
});

test("large data is not copied, and keeps its position", async () => {
  const sink = new Sink();
  const { outbox } = outboxTo(sink);
  const large = Buffer.alloc(65_536, "x");
  outbox.packet(ECHO_RES, "a");
  outbox.packet(ECHO_RES, "b", large);
  outbox.packet(ECHO_RES, "c");
  await turn();
  const pieces = sink.calls.flat();
  expect(pieces[1]).toBe(large);
  const wanted = ["ECHO_RES a", `ECHO_RES b${large}`, "ECHO_RES c"].map((one) => message("RES", one));
  expect(Buffer.concat(pieces)).toEqual(Buffer.concat(wanted));
});

test("when the limit of unsent output is reached, nothing is added and the overflow is reported once", async () => {
  const sink = new Sink({ highWaterMark: 1 });
  sink.isStuck = true;
  const { outbox, overflows } = outboxTo(sink, { maxWaitingBytes: 1000 });
  outbox.packet(ECHO_RES, "x".repeat(600));
  outbox.packet(ECHO_RES, "x".repeat(600));
  await turn();
  outbox.packet(ECHO_RES, "");
  outbox.packet(ECHO_RES, "");
  await turn();
  expect(overflows).toEqual([1224]);
  expect(sink.calls.flat().length).toBe(1);
});

test("after close nothing is written", async () => {
  const [ours, theirs] = duplexPair();
  const seen: Buffer[] = [];
  theirs.on("data", (chunk: Buffer) => seen.push(chunk));
  const { outbox } = outboxTo(ours);
  outbox.packet(ECHO_RES, "x");
  outbox.close();
  outbox.packet(ECHO_RES, "y");
  ours.end();
  await new Promise((resolve) => theirs.once("end", resolve));
  expect(seen).toEqual([]);
});

test("more than 64 KiB is not held until the end of the turn", async () => {
  const sink = new Sink();
  const { outbox } = outboxTo(sink, { takesCopies: true });
  const data = Buffer.alloc(1000, "x");
  for (let n = 0; n < 100; n++) outbox.packet(ECHO_RES, "", data);
  expect(sink.calls.length).toBe(1);
  await turn();
  const wanted = Array.from({ length: 100 }, () => message("RES", `ECHO_RES ${data}`));
  expect(Buffer.concat(sink.calls.flat())).toEqual(Buffer.concat(wanted));
});

test("a buffer is reused only if all users copied it and none of it is unsent", async () => {
  const writes = async (takesCopies: boolean, isStuck: boolean): Promise<Buffer[]> => {
    const sink = new Sink();
    sink.isStuck = isStuck;
    const { outbox } = outboxTo(sink, { takesCopies });
    for (const head of ["a", "b"]) {
      outbox.packet(ECHO_RES, head);
      await turn();
      sink.isStuck = false;
    }
    return sink.calls.flat();
  };
  const [again, keeps, waits] = [
    await writes(true, false),
    await writes(false, false),
    await writes(true, true),
  ];
  expect(again[1]?.buffer).toBe(again[0]?.buffer);
  expect(keeps[1]?.buffer).not.toBe(keeps[0]?.buffer);
  expect(keeps).toEqual(["ECHO_RES a", "ECHO_RES b"].map((one) => message("RES", one)));
  expect(waits).toEqual([message("RES", "ECHO_RES a")]);
});

test("data of every size arrives completely", async () => {
  const sink = new Sink();
  const { outbox } = outboxTo(sink, { takesCopies: true });
  const arrived: Buffer[] = [];
  for (const size of [0, 1, 8179, 8180, 8181, 65_535, 65_536, 65_537, 200_000]) {
    outbox.packet(ECHO_RES, "", Buffer.alloc(size, "x"));
    await turn();
    arrived.push(Buffer.concat(sink.calls.flat()));
    sink.calls.length = 0;
    expect(arrived.at(-1)?.equals(message("RES", `ECHO_RES x*${size}`)), `${size}`).toBe(true);
  }
});

test("answers are held until all received requests are processed, then written at once", () => {
  const sink = new Sink();
  const { outbox } = outboxTo(sink);
  outbox.hold();
  outbox.packet(ECHO_RES, "a");
  outbox.packet(ECHO_RES, "b");
  expect(sink.calls).toEqual([]);
  outbox.release(false);
  expect(sink.calls).toEqual([
    [Buffer.concat(["ECHO_RES a", "ECHO_RES b"].map((one) => message("RES", one)))],
  ]);
  outbox.hold();
  outbox.release(false);
  expect(sink.calls).toHaveLength(1);
});

test("while more arrives, answers wait for the end of the turn; earlier packets caused by others go with them", async () => {
  const sink = new Sink();
  const { outbox } = outboxTo(sink);
  outbox.packet(ECHO_RES, "others");
  for (const head of ["a", "b"]) {
    outbox.hold();
    outbox.packet(ECHO_RES, head);
    outbox.release(true);
  }
  expect(sink.calls).toEqual([]);
  await turn();
  const wanted = ["ECHO_RES others", "ECHO_RES a", "ECHO_RES b"].map((one) => message("RES", one));
  expect(sink.calls).toEqual([[Buffer.concat(wanted)]]);
});

test("held large data is written with the rest", () => {
  const sink = new Sink();
  const { outbox } = outboxTo(sink);
  outbox.hold();
  outbox.packet(ECHO_RES, "", Buffer.alloc(70_000, "x"));
  outbox.release(false);
  expect(Buffer.concat(sink.calls.flat()).equals(message("RES", "ECHO_RES x*70000"))).toBe(true);
});

test("output for a peer that does not read needs few writes, and arrives completely", async () => {
  const sink = new Sink();
  sink.isStuck = true;
  const { outbox } = outboxTo(sink, { takesCopies: true });
  let writes = 0;
  const write = sink.write.bind(sink) as (chunk: Buffer) => boolean;
  Object.assign(sink, {
    write: (...args: Parameters<typeof write>) => {
      writes += 1;
      return write(...args);
    },
  });
  const wanted: Buffer[] = [];
  for (let n = 0; n < 5000; n++) {
    outbox.packet(ECHO_RES, `${n}`);
    wanted.push(message("RES", `ECHO_RES ${n}`));
    if (n % 50 === 0) await turn();
  }
  expect(writes).toBeLessThan(6); // one being written, one waiting, then 64 KiB each
  sink.isStuck = false;
  sink.release();
  await turn();
  expect(Buffer.concat(sink.calls.flat()).equals(Buffer.concat(wanted))).toBe(true);
});

test("at the end everything is written, also for a slow peer", async () => {
  const sink = new Sink();
  sink.isStuck = true;
  const { outbox } = outboxTo(sink);
  for (const head of ["a", "b", "c"]) {
    outbox.packet(ECHO_RES, head);
    await turn();
  }
  outbox.finish();
  outbox.packet(ECHO_RES, "too late");
  sink.end();
  sink.isStuck = false;
  sink.release();
  await turn();
  const wanted = ["a", "b", "c"].map((head) => message("RES", `ECHO_RES ${head}`));
  expect(Buffer.concat(sink.calls.flat())).toEqual(Buffer.concat(wanted));
});

/** Jobs that share a buffer, then some with one of their own, up to those that are not copied. */
function jobsOfAllSizes(): Job[] {
  const jobFunction = new JobFunction("f\xfc");
  jobFunction.total = 1000; // enough for shared buffers
  const sizes = [0, 1, 500, 500, 8192, 8193, 65_535, 65_536, 70_000];
  return sizes.map((size, at) => {
    const identity = { prefix: `${"H".repeat(51)}:`, number: 0xffff_ffff - at, order: at };
    return new Job(request({ data: Buffer.alloc(size, at), unique: `u${at}` }), identity, jobFunction);
  });
}

test.for([false, true])(
  "created and assigned jobs are the packets of their texts, behind a long answer: %s",
  async (isLong) => {
    const packets = async (write: (outbox: Outbox, job: Job) => void): Promise<Buffer> => {
      const sink = new Sink();
      const { outbox } = outboxTo(sink);
      if (isLong) outbox.beginAnswer();
      for (const job of jobsOfAllSizes()) write(outbox, job);
      if (isLong) outbox.endAnswer();
      await turn();
      return Buffer.concat(sink.calls.flat());
    };
    const written = await packets((outbox, job) => {
      outbox.confirmation(job);
      outbox.assignment(JOB_ASSIGN, job, undefined);
      outbox.assignment(JOB_ASSIGN_UNIQ, job, job.unique);
    });
    const texts = await packets((outbox, job) => {
      outbox.packet(JOB_CREATED, job.handle);
      outbox.packet(JOB_ASSIGN, assignHead(job, undefined), job.data);
      outbox.packet(JOB_ASSIGN_UNIQ, assignHead(job, job.unique), job.data);
    });
    expect(written.equals(texts)).toBe(true);
  },
);
