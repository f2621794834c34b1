import fc from "fast-check";
import type { Frame, Packet, PacketName } from "../src/index.ts";
import { layoutOf } from "../src/packet-layout.ts";
import { PacketType } from "../src/packet-type.ts";

/** Any bytes. */
export const bytes = (maxLength = 64): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

/** Any bytes but NUL. */
const withoutNul = bytes().map((buffer) => Buffer.from(buffer.filter((byte) => byte !== 0)));

/** Any frame, known type or not. */
export const frame: fc.Arbitrary<Frame> = fc.record({
  magic: fc.constantFrom("REQ" as const, "RES" as const),
  type: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 0xffffffff })),
  body: bytes(),
});

/** Any packet that can be encoded. The handle of WORK_FAIL has no NUL, because decoding cuts one. */
export const packet: fc.Arbitrary<Packet> = fc
  .constantFrom(...(Object.keys(PacketType) as PacketName[]))
  .chain((name) => {
    const names = layoutOf(PacketType[name])?.arguments ?? [];
    const fields = names.map((argument, index) => {
      const free = index === names.length - 1 && name !== "WORK_FAIL";
      return [argument, free ? bytes() : withoutNul] as const;
    });
    return fc.record({ name: fc.constant(name), ...Object.fromEntries(fields) });
  }) as fc.Arbitrary<Packet>;

/** Cut `whole` into chunks; each size is taken modulo what is left. */
export function cut(whole: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(whole.subarray(at, at + size));
    at = Math.min(whole.length, at + size);
  }
  chunks.push(whole.subarray(at));
  return chunks;
}

/** Sizes for `cut`, zero included. */
export const sizes = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 40 });
