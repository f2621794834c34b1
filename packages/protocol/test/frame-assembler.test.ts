import { expect, test } from "vitest";
import { FrameAssembler } from "../src/frame-assembler.ts";
import { encodeFrame } from "../src/index.ts";

const frame = { magic: "REQ", type: 16, body: Buffer.from("hi") } as const;
const wire = encodeFrame(frame);

test("consumes one frame and leaves the rest of the chunk", () => {
  const assembler = new FrameAssembler(100);
  const chunk = Buffer.concat([Buffer.from("skip"), wire, Buffer.from("rest")]);
  expect(assembler.take(chunk, 4)).toBe(4 + wire.length);
  expect(assembler.release()).toEqual(frame);
  expect(assembler.pendingBytes).toBe(0);
});

test("consumes nothing after a frame that started in an earlier chunk", () => {
  const assembler = new FrameAssembler(100);
  expect(assembler.take(wire.subarray(0, 13), 0)).toBe(13);
  expect(assembler.release()).toBeUndefined();
  expect(assembler.pendingBytes).toBe(13);
  expect(assembler.take(Buffer.concat([wire.subarray(13), Buffer.from("text\n")]), 0)).toBe(1);
  expect(assembler.release()).toEqual(frame);
});

test("an empty body is complete with its header", () => {
  const assembler = new FrameAssembler(0);
  const noop = encodeFrame({ magic: "RES", type: 6, body: Buffer.alloc(0) });
  assembler.take(noop.subarray(0, 11), 0);
  expect(assembler.take(noop.subarray(11), 0)).toBe(1);
  expect(assembler.release()).toEqual({ magic: "RES", type: 6, body: Buffer.alloc(0) });
});
