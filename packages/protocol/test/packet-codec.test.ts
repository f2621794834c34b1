import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodePacket, encodePacket, FrameDecoder, type Packet, PacketType } from "../src/index.ts";
import { packet as anyPacket } from "./arbitraries.ts";
import { type PacketRow, packetRows } from "./vectors.ts";

function packetOf(row: PacketRow): Packet {
  const values = Object.entries(row.arguments).map(([name, hex]) => [name, Buffer.from(hex, "hex")]);
  return { name: row.name, ...Object.fromEntries(values) } as Packet;
}

function frameOf(hex: string) {
  const [frame] = new FrameDecoder(0xffff).push(Buffer.from(hex, "hex"));
  if (frame === undefined) throw new Error("the row is no whole packet");
  return frame;
}

test.for(packetRows)("$name from $from decodes", (row) => {
  expect(decodePacket(frameOf(row.hex))).toEqual(packetOf(row));
});

// a row with a note contains a quirk of gearmand which decoding removes and ours never sends
const plainRows = packetRows.filter((row) => row.note === undefined);

test.for(plainRows)("$name from $from encodes byte by byte", (row) => {
  expect(encodePacket(row.magic, packetOf(row)).toString("hex")).toBe(row.hex);
});

test("the handle of WORK_FAIL loses one trailing NUL, not two", () => {
  const body = Buffer.from("H:demo:1\0\0");
  expect(decodePacket({ magic: "RES", type: 14, body })).toEqual({
    name: "WORK_FAIL",
    handle: Buffer.from("H:demo:1\0"),
  });
});

test("any packet is unchanged by encoding and decoding", () => {
  fc.assert(
    fc.property(fc.constantFrom("REQ" as const, "RES" as const), anyPacket, (magic, packet) => {
      const [frame, ...rest] = new FrameDecoder(0xffff).push(encodePacket(magic, packet));
      expect(rest).toEqual([]);
      expect(frame?.magic).toBe(magic);
      expect(frame && decodePacket(frame)).toEqual(packet);
    }),
  );
});

test("arguments are views of the body", () => {
  const body = Buffer.from("lab\0u\0data");
  const packet = decodePacket({ magic: "REQ", type: 18, body });
  expect(packet.name === "SUBMIT_JOB_BG" && packet.data.buffer).toBe(body.buffer);
});

test.for(["GRAB_JOB", "GRAB_JOB_UNIQ", "GRAB_JOB_ALL", "PRE_SLEEP"] as const)(
  "%s ignores a body, as gearmand does",
  (name) => {
    const body = Buffer.alloc(9000, 0x61);
    expect(decodePacket({ magic: "REQ", type: PacketType[name], body })).toEqual({ name });
  },
);

describe("missing arguments", () => {
  const rows = packetRows.filter((row) => Object.keys(row.arguments).length > 1);

  test.for(rows)("$name: truncated anywhere before the last NUL it is refused", (row) => {
    const { magic, type, body } = frameOf(row.hex);
    const names = Object.keys(row.arguments);
    let needed = 0;
    for (let i = 1; i < names.length; i++) needed = body.indexOf(0, needed) + 1;
    for (let at = 0; at < needed; at++)
      expect(() => decodePacket({ magic, type, body: body.subarray(0, at) })).toThrow(
        expect.objectContaining({ code: "MISSING_ARGUMENT" }),
      );
    expect(decodePacket({ magic, type, body: body.subarray(0, needed) }).name).toBe(row.name);
  });

  test("decoding stays inside the body although a NUL follows in memory", () => {
    const memory = Buffer.from("function\0unique\0data");
    expect(() => decodePacket({ magic: "REQ", type: 18, body: memory.subarray(0, 8) })).toThrow(
      expect.objectContaining({ code: "MISSING_ARGUMENT", headHex: "005245510000001200000008" }),
    );
  });
});

test.for([0, 5, 43, 0x7fffffff, 0x80000000, 0xffffffff])("type %d is unknown", (type) => {
  expect(() => decodePacket({ magic: "REQ", type, body: Buffer.alloc(0) })).toThrow(
    expect.objectContaining({ code: "UNKNOWN_TYPE" }),
  );
});

describe("the argument area of 8192 bytes", () => {
  const unique = Buffer.alloc(0);
  const data = Buffer.alloc(20_000, 0);
  const name = "SUBMIT_JOB";
  const longest = 8192 - 12 - 2; // header and both NULs count, opaque data does not

  test("limits everything before opaque data, in both directions", () => {
    const wire = encodePacket("REQ", { name, function: Buffer.alloc(longest, 0x61), unique, data });
    expect(decodePacket(frameOf(wire.toString("hex"))).name).toBe(name);
    const tooLong = Buffer.alloc(longest + 1, 0x61);
    const error = expect.objectContaining({ code: "ARGUMENT_TOO_LONG" });
    expect(() => encodePacket("REQ", { name, function: tooLong, unique, data })).toThrow(error);
    const body = Buffer.concat([tooLong, Buffer.from("\0\0"), data]);
    expect(() => decodePacket({ magic: "REQ", type: 7, body })).toThrow(error);
  });

  test("limits the last argument if it is not opaque", () => {
    const longestName = Buffer.alloc(8192 - 12, 0x61);
    expect(encodePacket("REQ", { name: "CAN_DO", function: longestName })).toHaveLength(8192);
    const error = expect.objectContaining({ code: "ARGUMENT_TOO_LONG" });
    const body = Buffer.alloc(8192 - 11, 0x61);
    expect(() => encodePacket("REQ", { name: "CAN_DO", function: body })).toThrow(error);
    expect(() => decodePacket({ magic: "REQ", type: 1, body })).toThrow(error);
  });
});

test("a NUL in an argument is refused, except in the last one", () => {
  const nul = Buffer.from("a\0b");
  const none = Buffer.alloc(0);
  const error = expect.objectContaining({ code: "NUL_IN_ARGUMENT" });
  expect(() => encodePacket("REQ", { name: "SUBMIT_JOB", function: nul, unique: none, data: none })).toThrow(
    error,
  );
  expect(() => encodePacket("REQ", { name: "SUBMIT_JOB", function: none, unique: nul, data: none })).toThrow(
    error,
  );
  const wire = encodePacket("REQ", { name: "SUBMIT_JOB", function: none, unique: none, data: nul });
  expect(wire.subarray(12).toString("latin1")).toBe("\0\0a\0b");
});
