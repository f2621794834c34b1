// @module-tag fuzz
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  AdminReplyDecoder,
  decodePacket,
  encodeFrame,
  FrameDecoder,
  MixedDecoder,
  ProtocolError,
  parsePriorityStatusLine,
  parseStatusLine,
  parseVersionLine,
  parseWorkerLine,
  splitCommand,
} from "../src/index.ts";
import { frame as anyFrame, bytes, cut, sizes } from "./arbitraries.ts";

const numRuns = 2000;

/** A window in a buffer filled with a marker, which a read outside the window would find. */
const window = bytes(200).map((content) => {
  const memory = Buffer.alloc(content.length + 64, 0xee);
  content.copy(memory, 32);
  return memory.subarray(32, 32 + content.length);
});

/** Valid messages with some bytes overwritten, which reach more code than random bytes. */
const damaged = fc
  .tuple(fc.array(anyFrame, { maxLength: 4 }), fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 4 }))
  .map(([frames, changes]) => {
    const stream = Buffer.concat(frames.map(encodeFrame));
    for (const [at, byte] of changes) if (at < stream.length) stream[at] = byte;
    return stream;
  });

/** Runs `body`; errors except ProtocolError are thrown. */
function onlyProtocolErrors(body: () => void): void {
  try {
    body();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    expect(error.headHex.length).toBeLessThanOrEqual(24);
  }
}

function isInside(part: Buffer, whole: Buffer): boolean {
  if (part.length === 0) return true;
  const start = part.byteOffset - whole.byteOffset;
  return part.buffer === whole.buffer && start >= 0 && start + part.length <= whole.length;
}

test("decoders throw only ProtocolError", () => {
  fc.assert(
    fc.property(fc.oneof(window, damaged), sizes, (noise, lengths) => {
      onlyProtocolErrors(() => {
        const decoder = new FrameDecoder(4096);
        for (const chunk of cut(noise, lengths)) for (const frame of decoder.push(chunk)) decodePacket(frame);
      });
      onlyProtocolErrors(() => {
        const decoder = new MixedDecoder(4096, 64);
        for (const chunk of cut(noise, lengths)) decoder.push(chunk);
        expect(decoder.pendingBytes).toBeLessThanOrEqual(4096 + 12);
      });
      onlyProtocolErrors(() => {
        const decoder = new AdminReplyDecoder(["line", "table"], 128);
        for (const chunk of cut(noise, lengths)) decoder.push(chunk);
        expect(decoder.pendingBytes).toBeLessThanOrEqual(128);
      });
    }),
    { numRuns },
  );
});

test("a decoded argument is inside the body", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 45 }), window, (type, body) => {
      onlyProtocolErrors(() => {
        const { name: _, ...values } = decodePacket({ magic: "REQ", type, body });
        for (const value of Object.values(values)) expect(isInside(value as Buffer, body)).toBe(true);
      });
    }),
    { numRuns },
  );
});

test("line parsers never throw and stay inside the line", () => {
  fc.assert(
    fc.property(window, (line) => {
      const parsed = [parseStatusLine(line)?.queue, parsePriorityStatusLine(line)?.queue];
      const worker = parseWorkerLine(line);
      parsed.push(worker?.ip, worker?.id, ...(worker?.functions ?? []), parseVersionLine(line));
      for (const part of [...parsed, ...splitCommand(line)])
        if (part !== undefined) expect(isInside(part, line)).toBe(true);
    }),
    { numRuns },
  );
});
