import { encodePacket } from "@mod-gearman/protocol";
import { duplexPair, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { Link } from "../src/link.ts";

const TEST = { code: "ERROR", text: "test" } as const;

/** A link with what it reported. */
function linked(stream = duplexPair()[0]) {
  const reported: string[] = [];
  const link: Link = new Link(stream, 1024, {
    onPacket: (packet) => {
      reported.push(packet.name);
      if (packet.name === "NO_JOB") link.destroy(TEST);
    },
    onDrain: () => reported.push("drain"),
    onEnd: (reason) => reported.push(`end ${reason.code}`),
  });
  return { link, stream, reported };
}

test("ends once; packets of the same chunk behind the end are dropped", async () => {
  const [near, far] = duplexPair();
  const { link, reported } = linked(near);
  const names = ["NOOP", "NO_JOB", "NOOP"] as const;
  far.write(Buffer.concat(names.map((name) => encodePacket("RES", { name }))));
  await settle();
  link.destroy(TEST);
  far.end();
  await settle();
  expect(reported).toEqual(["NOOP", "NO_JOB", "end ERROR"]);
});

test("a stream that ended before the link began is noticed", async () => {
  const [near] = duplexPair();
  near.destroy();
  await settle(); // its "close" is over
  const { reported } = linked(near);
  await settle();
  expect(reported).toEqual(["end END"]);
});

test("an error of the stream after the end of the link reaches nobody", () => {
  const { link, stream, reported } = linked();
  link.destroy(TEST);
  expect(() => stream.emit("error", new Error("late"))).not.toThrow();
  expect(reported).toEqual(["end ERROR"]);
});

test("leaves no listener but the one that swallows late errors", () => {
  const { link, stream } = linked();
  link.destroy(TEST);
  const own = ["data", "drain", "close"].map((name) => stream.listenerCount(name));
  expect([...own, stream.listenerCount("error")]).toEqual([0, 0, 0, 1]);
});

test("what is sent in one turn leaves in one piece; nothing leaves after the end", async () => {
  const [near, far] = duplexPair();
  const { link } = linked(near);
  const pieces: string[] = [];
  far.on("data", (chunk: Buffer) => pieces.push(chunk.toString()));
  const writes: number[] = [];
  const write = near.write.bind(near);
  near.write = ((chunk: Buffer) => {
    writes.push(near.writableCorked);
    return write(chunk);
  }) as typeof near.write;
  link.send(Buffer.from("a"));
  link.send(Buffer.from("b"));
  await settle();
  link.send(Buffer.from("c"));
  link.destroy(TEST);
  link.send(Buffer.from("d"));
  await settle();
  expect(writes).toEqual([1, 1, 1]); // all corked, "d" not even written
  expect(pieces.join("")).toBe("ab");
});
