import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, type Frame, isTextLine, MixedDecoder, type TextLine } from "../src/index.ts";
import { frame as anyFrame, bytes, cut, sizes } from "./arbitraries.ts";

const echo: Frame = { magic: "REQ", type: 16, body: Buffer.from("a\nb\0c") };

function decode(...chunks: Buffer[]): (Frame | TextLine)[] {
  const decoder = new MixedDecoder(1024, 16);
  return chunks.flatMap((chunk) => decoder.push(chunk));
}

const text = (line: string): TextLine => ({ line: Buffer.from(line) });

test("binary packets and text lines in any order, cut at every byte", () => {
  const stream = Buffer.concat([
    Buffer.from("status\nversion\r\n"),
    encodeFrame(echo),
    Buffer.from("\n\r\n"),
    encodeFrame(echo),
    encodeFrame(echo),
    Buffer.from("workers\n"),
  ]);
  const expected = [text("status"), text("version"), echo, text(""), text(""), echo, echo, text("workers")];
  for (let at = 0; at <= stream.length; at++)
    expect(decode(stream.subarray(0, at), stream.subarray(at))).toEqual(expected);
  expect(decode(...[...stream].map((byte) => Buffer.from([byte])))).toEqual(expected);
});

const anyLine = bytes(16).map((buffer) => {
  const line = Buffer.from(buffer.filter((byte) => byte !== 0x0a));
  return line.at(0) === 0 || line.at(-1) === 0x0d ? Buffer.from("x") : line;
});

test("any messages are decoded with any chunking", () => {
  const message = fc.oneof(
    anyFrame,
    anyLine.map((line) => ({ line })),
  );
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), fc.boolean(), sizes, (messages, crlf, lengths) => {
      const end = Buffer.from(crlf ? "\r\n" : "\n");
      const decoder = new MixedDecoder(1024, 20);
      const wire = messages.map((one) =>
        isTextLine(one) ? Buffer.concat([one.line, end]) : encodeFrame(one),
      );
      expect(cut(Buffer.concat(wire), lengths).flatMap((chunk) => decoder.push(chunk))).toEqual(messages);
      expect(decoder.pendingBytes).toBe(0);
    }),
  );
});

test("a NUL inside a text line is part of it", () => {
  expect(decode(Buffer.from("a\0"), Buffer.from("\0b\n"))).toEqual([text("a\0\0b")]);
});

test("pendingBytes counts an unfinished line", () => {
  const decoder = new MixedDecoder(10);
  decoder.push(Buffer.from("status\nvers"));
  expect(decoder.pendingBytes).toBe(4);
});

describe("a line longer than the limit", () => {
  test("is refused without waiting for its end, and so is all that follows", () => {
    const decoder = new MixedDecoder(10, 16);
    expect(decoder.push(Buffer.alloc(16, 0x61))).toEqual([]);
    expect(() => decoder.push(Buffer.from("b"))).toThrow(expect.objectContaining({ code: "LINE_TOO_LONG" }));
    expect(() => decoder.push(Buffer.from("\n"))).toThrow(expect.objectContaining({ code: "LINE_TOO_LONG" }));
  });

  test("is refused if it arrives with its end", () => {
    expect(() => decode(Buffer.from(`${"a".repeat(17)}\n`))).toThrow(
      expect.objectContaining({ code: "LINE_TOO_LONG", headHex: "61".repeat(12) }),
    );
    expect(decode(Buffer.from(`${"a".repeat(16)}\n`))).toEqual([text("a".repeat(16))]);
  });

  test("the default is 8192 bytes", () => {
    expect(new MixedDecoder(10).push(Buffer.from(`${"a".repeat(8192)}\n`))).toHaveLength(1);
    expect(() => new MixedDecoder(10).push(Buffer.alloc(8193, 0x61))).toThrow(
      expect.objectContaining({ code: "LINE_TOO_LONG" }),
    );
  });
});

test.for([
  ["BAD_MAGIC", "004745540000001000000000"],
  ["BODY_TOO_LARGE", "0052455100000010ffffffff"],
] as const)("refuses %s", ([code, hex]) => {
  expect(() => decode(Buffer.from("status\n"), Buffer.from(hex, "hex"))).toThrow(
    expect.objectContaining({ code }),
  );
});

test("forEach delivers messages before refused bytes, wherever the chunks end", () => {
  const stream = Buffer.concat([Buffer.from("status\n"), encodeFrame(echo), Buffer.from("\0GET / HTTP/1")]);
  for (let at = 0; at <= stream.length; at++) {
    const decoder = new MixedDecoder(1024, 16);
    const seen: (Frame | TextLine)[] = [];
    const read = (chunk: Buffer) => decoder.forEach(chunk, (message) => seen.push(message));
    expect(() => {
      read(stream.subarray(0, at));
      read(stream.subarray(at));
    }).toThrow(expect.objectContaining({ code: "BAD_MAGIC" }));
    expect(seen).toEqual([text("status"), echo]);
  }
});

test("forEach stops after the message for which the callback asks it to, and returns the offset", () => {
  const stream = Buffer.concat([
    Buffer.from("status\n"),
    encodeFrame(echo),
    Buffer.from("version\nworkers\n"),
  ]);
  for (let cutAt = 0; cutAt <= stream.length; cutAt++) {
    const decoder = new MixedDecoder(1024, 16);
    const seen: (Frame | TextLine)[] = [];
    for (const chunk of [stream.subarray(0, cutAt), stream.subarray(cutAt)]) {
      let at = 0;
      while (at < chunk.length) {
        const before = seen.length;
        at += decoder.forEach(chunk.subarray(at), (message) => {
          seen.push(message);
          return false;
        });
        expect(seen.length - before).toBeLessThanOrEqual(1);
      }
    }
    expect(seen).toEqual([text("status"), echo, text("version"), text("workers")]);
  }
});
