import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, type Frame, FrameDecoder } from "../src/index.ts";
import { frame as anyFrame, cut, sizes } from "./arbitraries.ts";
import { packetRows } from "./vectors.ts";

function decode(...chunks: Buffer[]): Frame[] {
  const decoder = new FrameDecoder(1024);
  return chunks.flatMap((chunk) => decoder.push(chunk));
}

describe.for(packetRows)("$name from $from", ({ magic, type, hex }) => {
  const wire = Buffer.from(hex, "hex");
  const frame: Frame = { magic, type, body: wire.subarray(12) };

  test("decodes, cut at every byte", () => {
    for (let at = 0; at <= wire.length; at++)
      expect(decode(wire.subarray(0, at), wire.subarray(at))).toEqual([frame]);
  });

  test("decodes byte by byte, several in a row", () => {
    const stream = Buffer.concat([wire, wire]);
    const single = [...stream].map((byte) => Buffer.from([byte]));
    expect(decode(...single)).toEqual([frame, frame]);
  });
});

test("any frames are decoded with any chunking", () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 8 }), sizes, (frames, lengths) => {
      const stream = Buffer.concat(frames.map(encodeFrame));
      expect(decode(...cut(stream, lengths))).toEqual(frames);
    }),
  );
});

test("a body that is complete in a chunk is a view of it, not a copy", () => {
  const chunk = encodeFrame({ magic: "RES", type: 17, body: Buffer.from("whole") });
  const [frame] = decode(chunk);
  expect(frame?.body.buffer).toBe(chunk.buffer);
  expect(frame?.body.byteOffset).toBe(chunk.byteOffset + 12);
});

test("a body collected from pieces does not share memory with them", () => {
  const wire = encodeFrame({ magic: "RES", type: 17, body: Buffer.from("pieces") });
  const first = Buffer.from(wire.subarray(0, 15));
  const second = Buffer.from(wire.subarray(15));
  const [frame] = decode(first, second);
  first.fill(0);
  second.fill(0);
  expect(frame?.body.toString()).toBe("pieces");
});

test("pendingBytes counts bytes of an unfinished frame", () => {
  const decoder = new FrameDecoder(100);
  const wire = encodeFrame({ magic: "RES", type: 17, body: Buffer.alloc(20) });
  const seen = [0, 5, 12, 31, 32].map((at, index, cuts) => {
    decoder.push(wire.subarray(cuts[index - 1] ?? 0, at));
    return decoder.pendingBytes;
  });
  expect(seen).toEqual([0, 5, 12, 31, 0]);
});

describe.for([
  ["BAD_MAGIC", "474554202f20485454502f31"],
  ["BAD_MAGIC", "0052455400000010"],
  ["BAD_MAGIC", "015245510000001000000000"],
  ["BODY_TOO_LARGE", "0052455100000010ffffffff"],
  ["BODY_TOO_LARGE", "005245510000001000000401"],
] as const)("refuses %s in %s", ([code, start]) => {
  const head = Buffer.from(start.padEnd(24, "f"), "hex");

  test("whole and byte by byte, once the header is complete", () => {
    expect(() => decode(head)).toThrow(expect.objectContaining({ code, headHex: head.toString("hex") }));
    const decoder = new FrameDecoder(1024);
    for (const byte of head.subarray(0, -1)) expect(decoder.push(Buffer.from([byte]))).toEqual([]);
    expect(() => decoder.push(head.subarray(-1))).toThrow(expect.objectContaining({ code }));
  });

  test("and stays refused", () => {
    const decoder = new FrameDecoder(1024);
    expect(() => decoder.push(head)).toThrow();
    const good = encodeFrame({ magic: "RES", type: 17, body: Buffer.alloc(0) });
    expect(() => decoder.push(good)).toThrow(expect.objectContaining({ code }));
  });
});

test("accepts a body of exactly the limit", () => {
  const wire = encodeFrame({ magic: "REQ", type: 16, body: Buffer.alloc(1024, 1) });
  expect(decode(wire)[0]?.body.length).toBe(1024);
});
