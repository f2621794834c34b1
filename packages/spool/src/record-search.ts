import { crc32 } from "node:zlib";
import { RECORD_HEADER_BYTES } from "./record.ts";

const BLOCK_BYTES = 256;
const POLYNOMIAL = 0xedb88320; // CRC-32, bits reversed
const ONE = 0x80000000; // the polynomial 1, bits reversed
const MAX_LENGTH_BITS = 32;

/**
 * Finds the next record behind damaged bytes, whose lengths cannot be trusted. Any offset may be its start, and a
 * wrong offset may claim any length: with a checksum computed from its bytes for each of them a few MiB of damage would
 * take hours. The checksum of any range comes from two checksums of the buffer's beginning instead, so that the work
 * grows with the length of the buffer only, whatever is in it.
 */
export class RecordSearch {
  readonly #bytes: Buffer;
  /** Checksum of the first n blocks. */
  readonly #prefixes: Uint32Array;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#prefixes = new Uint32Array(Math.floor(bytes.length / BLOCK_BYTES) + 1);
    for (let n = 1; n < this.#prefixes.length; n++) {
      const block = bytes.subarray((n - 1) * BLOCK_BYTES, n * BLOCK_BYTES);
      this.#prefixes[n] = crc32(block, this.#prefixes[n - 1]);
    }
  }

  /** Where the first whole record at or behind `from` starts. */
  next(from: number): number | undefined {
    const bytes = this.#bytes;
    const last = bytes.length - RECORD_HEADER_BYTES;
    for (let at = from; at <= last; at++) {
      const length = bytes.readUInt32BE(at);
      if (length <= last - at && this.#isRecord(at, length)) return at;
    }
    return undefined;
  }

  #isRecord(at: number, length: number): boolean {
    const stored = this.#bytes.readUInt32BE(at + 4);
    const ofLength = crc32(this.#bytes.subarray(at, at + 4));
    if (length === 0) return stored === ofLength; // zeros by the MiB are common damage
    const start = at + RECORD_HEADER_BYTES;
    const shifted = multiply(powerOfBytes(length), (this.#prefix(start) ^ ofLength) >>> 0);
    return (this.#prefix(start + length) ^ shifted) >>> 0 === stored;
  }

  /** Checksum of the first `end` bytes. */
  #prefix(end: number): number {
    const block = Math.floor(end / BLOCK_BYTES);
    return crc32(this.#bytes.subarray(block * BLOCK_BYTES, end), this.#prefixes[block]);
  }
}

/** Product of two polynomials over GF(2) modulo the one of CRC-32, bits reversed. Source: RFC 1952 section 8. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = ONE, shifted = b; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
}

/** x to the power of 8·2ⁿ: what 2ⁿ bytes behind others do to the checksum of these. */
const powers: readonly number[] = (() => {
  let power = 0x00800000; // x⁸
  return Array.from({ length: MAX_LENGTH_BITS }, () => {
    const present = power;
    power = multiply(power, power);
    return present;
  });
})();

function powerOfBytes(bytes: number): number {
  let power = ONE;
  for (let n = 0, left = bytes; left !== 0; n++, left >>>= 1)
    if ((left & 1) === 1) power = multiply(power, powers[n] ?? ONE);
  return power;
}
