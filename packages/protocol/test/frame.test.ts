import { describe, expect, test } from "vitest";
import { encodeFrame, type Frame } from "../src/index.ts";
import { packetRows } from "./vectors.ts";

describe.for(packetRows)("$name from $from", ({ magic, type, hex }) => {
  const wire = Buffer.from(hex, "hex");

  test("encodes byte by byte", () => {
    const frame: Frame = { magic, type, body: wire.subarray(12) };
    expect(encodeFrame(frame).toString("hex")).toBe(hex);
  });
});

test("an encoded frame does not share memory with its body", () => {
  const body = Buffer.from("hi");
  const wire = encodeFrame({ magic: "REQ", type: 16, body });
  body.fill(0);
  expect(wire.subarray(12).toString()).toBe("hi");
});

test("types above 0x7fffffff are kept", () => {
  const wire = encodeFrame({ magic: "RES", type: 0xfffffff0, body: Buffer.alloc(0) });
  expect(wire.toString("hex")).toBe("00524553fffffff000000000");
});
