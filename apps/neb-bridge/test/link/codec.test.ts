import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { encodeMessage, MessageDecoder, MessageEncoder } from "../../src/link/codec.ts";
import { type FieldName, fieldTable, type Message } from "../../src/link/fields.ts";

interface Case {
  readonly name: string;
  readonly hex: string;
  readonly message?: string;
  readonly fields?: Record<string, unknown>;
  readonly canonical?: boolean;
  readonly skipped?: boolean;
  readonly incomplete?: boolean;
  readonly error?: string;
}

const file = new URL("../../../../vectors/bridge-protocol.json", import.meta.url);
const cases: Case[] = JSON.parse(readFileSync(file, "utf8"));

/** The vectors contain bytes as one character per byte and 64 bit numbers as decimal text. */
function fieldValue(field: string, value: unknown): unknown {
  const kind = fieldTable[field as FieldName][1];
  if (kind === "u32" || kind === "i32") return Number(value);
  if (kind === "list") return (value as string[]).map((one) => Buffer.from(one, "latin1"));
  if (kind === "bytes" || kind === "id") return Buffer.from(value as string, "latin1");
  return BigInt(value as string);
}

function messageOf({ message, fields }: Case): Message {
  const values = Object.entries(fields ?? {}).map(([field, value]) => [field, fieldValue(field, value)]);
  return { name: message, ...Object.fromEntries(values) } as Message;
}

const good = cases.filter((one) => one.fields !== undefined);

describe("golden bytes", () => {
  test("all kinds of cases are present", () => {
    expect(good.length).toBeGreaterThan(30);
    expect(cases.filter((one) => one.error !== undefined).length).toBeGreaterThan(20);
  });

  test.for(good)("decodes, cut anywhere: $name", (one) => {
    const wire = Buffer.from(one.hex, "hex");
    for (let at = 0; at <= wire.length; at++) {
      const decoder = new MessageDecoder();
      const messages = [...decoder.push(wire.subarray(0, at)), ...decoder.push(wire.subarray(at))];
      expect(messages).toEqual([messageOf(one)]);
    }
  });

  test.for(good.filter((one) => one.canonical))("encodes: $name", (one) => {
    expect(encodeMessage(messageOf(one)).toString("hex")).toBe(one.hex);
  });

  test.for(cases.filter((one) => one.error !== undefined))("refuses: $name", ({ hex, error }) => {
    expect(() => new MessageDecoder().push(Buffer.from(hex, "hex"))).toThrow(
      expect.objectContaining({ code: error }),
    );
  });

  test.for(cases.filter((one) => one.skipped))("skips: $name", ({ hex }) => {
    const decoder = new MessageDecoder();
    const ping = encodeMessage({ name: "PING" });
    expect(decoder.push(Buffer.concat([Buffer.from(hex, "hex"), ping]))).toEqual([{ name: "PING" }]);
    expect(decoder.skipped).toBe(1);
  });

  test.for(cases.filter((one) => one.incomplete))("waits for more: $name", ({ hex }) => {
    expect(new MessageDecoder().push(Buffer.from(hex, "hex"))).toEqual([]);
  });
});

test("refuses to encode more than 16 MiB", () => {
  const output = Buffer.alloc(16_777_216);
  expect(() => encodeMessage({ name: "FAULT", text: output })).toThrow(
    expect.objectContaining({ code: "BODY_TOO_LARGE" }),
  );
});

test("refuses a message with very many fields, which would occupy either side", () => {
  const name = Buffer.from("g");
  const groups = (count: number): Buffer =>
    encodeMessage({ name: "SETTINGS", hostgroup: Array.from({ length: count }, () => name) });
  expect(new MessageDecoder().push(groups(16_384))).toHaveLength(1);
  expect(() => new MessageDecoder().push(groups(16_385))).toThrow(
    expect.objectContaining({ code: "TOO_MANY_FIELDS" }),
  );
});

describe("many messages in one buffer", () => {
  const golden = good.filter((one) => one.canonical);

  test("are the golden bytes one after the other, however often they are taken", () => {
    for (const every of [1, 2, 7, golden.length]) {
      const encoder = new MessageEncoder(300);
      const taken: Buffer[] = [];
      for (const [at, one] of golden.entries()) {
        encoder.add(messageOf(one));
        if (at % every === every - 1) taken.push(encoder.take());
      }
      taken.push(encoder.take());
      expect(encoder.length).toBe(0);
      expect(Buffer.concat(taken).toString("hex")).toBe(golden.map(({ hex }) => hex).join(""));
    }
  });

  test("one that cannot be written leaves the others as they are", () => {
    const encoder = new MessageEncoder(64);
    const pong = encodeMessage({ name: "PONG" });
    encoder.add({ name: "PONG" });
    const text = Buffer.alloc(16_777_216);
    expect(() => encoder.add({ name: "FAULT", text })).toThrow(
      expect.objectContaining({ code: "BODY_TOO_LARGE" }),
    );
    expect(() => encoder.add({ name: "WINDOW", window: -1 })).toThrow(RangeError);
    expect(encoder.length).toBe(pong.length);
    encoder.add({ name: "PONG" });
    expect(encoder.take()).toEqual(Buffer.concat([pong, pong]));
  });

  test("numbers of 64 bit keep every bit", () => {
    for (const seq of [
      0n,
      1n,
      -1n,
      2n ** 32n,
      -(2n ** 32n) - 1n,
      2n ** 53n - 1n,
      2n ** 53n,
      2n ** 63n - 1n,
      -(2n ** 63n),
    ]) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(seq);
      const frame = encodeMessage({ name: "RESULT_DONE", seq });
      expect(frame.subarray(-8)).toEqual(bytes);
      expect(new MessageDecoder().push(frame)).toEqual([{ name: "RESULT_DONE", seq }]);
    }
  });
});
