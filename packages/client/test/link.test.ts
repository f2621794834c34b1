import { encodePacket } from "@mod-gearman/protocol";
import { duplexPair, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { Link } from "../src/connection/link.ts";

const TEST = { code: "ERROR", text: "test" } as const;

/** A link with the calls it made. */
function linked(stream = duplexPair()[0], isBulk = false) {
  const reported: string[] = [];
  const link: Link = new Link(stream, 1024, {
    onPacket: (packet) => {
      reported.push(packet.name);
      if (packet.name === "NO_JOB") void link.destroy(TEST);
    },
    onDrain: () => reported.push("drain"),
    onEnd: (reason) => reported.push(`end ${reason.code}`),
    isBulk,
  });
  return { link, stream, reported };
}

test("ends once; packets behind the end in the same chunk are dropped", async () => {
  const [near, far] = duplexPair();
  const { link, reported } = linked(near);
  const names = ["NOOP", "NO_JOB", "NOOP"] as const;
  far.write(Buffer.concat(names.map((name) => encodePacket("RES", { name }))));
  await settle();
  void link.destroy(TEST);
  far.end();
  await settle();
  expect(reported).toEqual(["NOOP", "NO_JOB", "end ERROR"]);
});

test("a stream that ended before the link was created is noticed", async () => {
  const [near] = duplexPair();
  near.destroy();
  await settle(); // its "close" has been emitted
  const { reported } = linked(near);
  await settle();
  expect(reported).toEqual(["end END"]);
});

test("an error of the stream after the end of the link is ignored", () => {
  const { link, stream, reported } = linked();
  void link.destroy(TEST);
  expect(() => stream.emit("error", new Error("late"))).not.toThrow();
  expect(reported).toEqual(["end ERROR"]);
});

test("removes all listeners except one that ignores late errors", () => {
  const { link, stream } = linked();
  void link.destroy(TEST);
  const own = ["data", "drain", "close"].map((name) => stream.listenerCount(name));
  expect([...own, stream.listenerCount("error")]).toEqual([0, 0, 0, 1]);
});

/** A link whose writes to its stream are recorded: bytes, and whether the stream was corked at that moment. */
function observed(isBulk = false) {
  const [near, far] = duplexPair();
  const { link } = linked(near, isBulk);
  const pieces: Buffer[] = [];
  far.on("data", (chunk: Buffer) => pieces.push(chunk));
  const writes: [bytes: number, isCorked: boolean][] = [];
  const write = near.write.bind(near);
  near.write = ((chunk: Buffer) => {
    writes.push([chunk.length, near.writableCorked > 0]);
    return write(chunk);
  }) as typeof near.write;
  return { link, writes, received: () => Buffer.concat(pieces), far };
}

test("data sent in one turn leaves in one write; nothing leaves after the end", async () => {
  const { link, writes, received } = observed();
  link.send(Buffer.from("a"));
  link.send(Buffer.from("b"));
  await settle();
  link.send(Buffer.from("c"));
  void link.destroy(TEST);
  link.send(Buffer.from("d"));
  await settle();
  expect(writes).toEqual([[2, false]]);
  expect(received().toString()).toBe("ab");
});

test("in bulk, data of several turns of one iteration leaves in one write", async () => {
  for (const [isBulk, sizes] of [
    [false, [1, 1]],
    [true, [2]],
  ] as const) {
    const { link, writes, received } = observed(isBulk);
    process.nextTick(() => {
      link.send(Buffer.from("a"));
      process.nextTick(() => queueMicrotask(() => link.send(Buffer.from("b"))));
    });
    await settle();
    expect(writes.map(([bytes]) => bytes)).toEqual(sizes);
    expect(received().toString()).toBe("ab");
  }
});

test("large packets are not copied and leave in their order", async () => {
  const { link, writes, received } = observed();
  const parts = ["a", "b", "c"].map((char, n) => Buffer.alloc(30_000 * n + 1, char));
  for (const part of parts) link.send(part);
  await settle();
  expect(writes).toEqual(parts.map(({ length }) => [length, true]));
  expect(received().equals(Buffer.concat(parts))).toBe(true);
});

test("data sent in the turn of finish leaves before the end", async () => {
  const { link, received, far } = observed();
  const ended = new Promise((resolve) => far.once("end", resolve));
  link.send(Buffer.from("last"));
  link.finish();
  await ended;
  expect(received().toString()).toBe("last");
});

test("data that waits for the end of the turn counts as output", () => {
  const { link } = linked();
  expect(link.isFull(100_000)).toBe(false);
  link.send(Buffer.alloc(100_000));
  expect(link.isFull(100_000)).toBe(true);
});
