import { decodePacket, encodePacket, type Packet, PacketType, ProtocolError } from "@mod-gearman/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Request } from "../src/handlers/request.ts";

/** Arguments followed by a NUL, and the kind of the last one; after job-server.md 1.2. */
const layouts = [
  ["CAN_DO", 0, "argument"],
  ["CAN_DO_TIMEOUT", 1, "argument"],
  ["WORK_STATUS", 2, "argument"],
  ["WORK_COMPLETE", 1, "opaque"],
  ["SUBMIT_JOB_BG", 2, "opaque"],
  ["SUBMIT_JOB_EPOCH", 3, "opaque"],
  ["SUBMIT_REDUCE_JOB", 4, "opaque"],
] as const;

const word = fc.constantFrom("", "f", "T:1", "\xe4\xff", "x".repeat(70), "x".repeat(9000), "\0", "\0\0");

/** Values in wire order, or the code of the refusal. */
function outcome(values: () => Buffer[]): unknown {
  try {
    return values().map((value) => value.toString("latin1"));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return [error.code, error.headHex];
  }
}

function valuesOf(packet: Packet): Buffer[] {
  return Object.entries(packet).flatMap(([name, value]) => (name === "name" ? [] : [value as Buffer]));
}

test.for(layouts)("%s is split as by the decoder, at any position of its bytes", ([name, count, last]) => {
  const request = new Request();
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), fc.nat({ max: 20 }), (words, offset) => {
      const body = Buffer.from(words.join("\0"), "latin1");
      const bytes = Buffer.concat([Buffer.alloc(offset, "-"), body, Buffer.from("\0behind\0it\0")]);
      const split = () => {
        request.load(PacketType[name], bytes, offset, offset + body.length);
        request.split(count, last);
        const fronts = Array.from({ length: count }, (_, index) => request.argument(index));
        fronts.forEach((front, index) => {
          expect(request.lengthOf(index)).toBe(front.length);
          expect(request.text(index)).toBe(front.toString("latin1"));
        });
        const { lastAt, lastLength } = request;
        expect(request.bytes.subarray(lastAt, lastAt + lastLength)).toEqual(request.last());
        expect(request.lastText()).toBe(request.last().toString("latin1"));
        expect(request.body()).toEqual(body);
        return [...fronts, request.last()];
      };
      const frame = { magic: "REQ", type: PacketType[name], body } as const;
      expect(outcome(split)).toEqual(outcome(() => valuesOf(decodePacket(frame))));
    }),
  );
});

test("one trailing NUL is removed, not two, and an empty argument stays empty", () => {
  const request = new Request();
  const cut = (text: string): string => {
    const bytes = Buffer.from(`.${text}.`, "latin1");
    request.load(PacketType.WORK_FAIL, bytes, 1, 1 + text.length);
    request.split(0, "argument");
    request.cutLastNul();
    return request.lastText();
  };
  expect(["T:1", "T:1\0", "T:1\0\0", "\0", ""].map(cut)).toEqual(["T:1", "T:1", "T:1\0", "", ""]);
});

test("an error contains the header of the packet", () => {
  const request = new Request();
  const wire = encodePacket("REQ", { name: "CAN_DO", function: Buffer.from("f") });
  request.load(PacketType.SUBMIT_JOB_BG, wire, 12, 13);
  expect(() => request.split(2, "opaque")).toThrow(
    expect.objectContaining({ code: "MISSING_ARGUMENT", headHex: "005245510000001200000001" }),
  );
});

test.for([
  ["T:1\0data\0", "T:1", "data\0", true],
  ["T:1\0", "T:1", "", true],
  ["T:1", "T:1", "", false],
  ["", "", "", false],
] as const)("X2 the handle of %j may stand alone", ([text, handle, data, hasData]) => {
  const request = new Request();
  const bytes = Buffer.from(`.${text}\0behind`, "latin1");
  request.load(PacketType.WORK_COMPLETE, bytes, 1, 1 + text.length);
  request.splitHandle();
  expect([request.text(0), request.lastText(), request.hasData]).toEqual([handle, data, hasData]);
});

test("the first argument is compared with the one before, byte by byte", () => {
  const request = new Request();
  const textOf = (name: string): string => {
    const body = Buffer.from(`${name}\0u\0w`, "latin1");
    request.load(PacketType.SUBMIT_JOB, body, 0, body.length);
    request.split(2, "opaque");
    return request.text(0);
  };
  const names = ["service", "service", "services", "servicf", "", "\xe4\xff", "\xe4\xfe", "service"];
  expect(names.map(textOf)).toEqual(names);
});
