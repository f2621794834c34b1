import { RECORD_HEADER_BYTES } from "./record.ts";

const BLOCK_BYTES = 16;
const POLYNOMIAL = 0xedb88320; // CRC-32, bits reversed
const ONE = 0x80000000; // the polynomial 1, bits reversed
const BYTE_VALUES = 256;
const LENGTH_BYTES = 4;

/**
 * Finds the next record after damaged bytes, whose lengths cannot be trusted. Any offset may be its start, and a wrong
 * offset may contain any length: computing a checksum over the bytes for each would take hours for a few MiB of damage.
 * Instead, the checksum of a range is derived from two checksums of prefixes of the buffer, so that the time is linear in
 * the length of the buffer and independent of its content.
 */
export class RecordSearch {
  readonly #bytes: Buffer;
  /** CRC states before each block. */
  readonly #prefixes: Uint32Array;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#prefixes = new Uint32Array(Math.floor(bytes.length / BLOCK_BYTES) + 1);
    for (let n = 1, state = 0; n < this.#prefixes.length; n++) {
      state = advance(state, bytes, (n - 1) * BLOCK_BYTES, n * BLOCK_BYTES);
      this.#prefixes[n] = state;
    }
  }

  /** Offset of the first valid record at or after `from`. */
  next(from: number): number | undefined {
    const bytes = this.#bytes;
    const last = bytes.length - RECORD_HEADER_BYTES;
    for (let at = from; at <= last; at++) {
      const length = bytes.readUInt32BE(at);
      if (length <= last - at && this.#isRecord(at, length)) return at;
    }
    return undefined;
  }

  /** A checksum begins and ends with all bits flipped; in between, states of ranges are added (XOR). */
  #isRecord(at: number, length: number): boolean {
    const stored = this.#bytes.readUInt32BE(at + LENGTH_BYTES);
    const ofLength = advance(0xffffffff, this.#bytes, at, at + LENGTH_BYTES);
    if (length === 0) return (ofLength ^ stored) === -1; // zeros by the MiB are common damage
    const start = at + RECORD_HEADER_BYTES;
    const before = (ofLength ^ this.#prefix(start)) >>> 0;
    const state = this.#prefix(start + length) ^ shift(before, length);
    return (state ^ stored) === -1;
  }

  /** State of the checksum after the first `end` bytes, starting with 0. */
  #prefix(end: number): number {
    const block = Math.floor(end / BLOCK_BYTES);
    return advance(this.#prefixes[block] ?? 0, this.#bytes, block * BLOCK_BYTES, end);
  }
}

interface Tables {
  readonly steps: Uint32Array;
  readonly powers: readonly Uint32Array[];
}

let made: Tables | undefined;

/** Made for the first damage: at the start of a program they would take milliseconds and 5 MiB of V8's compiler. */
function tables(): Tables {
  made ??= { steps: makeSteps(), powers: makePowers() };
  return made;
}

function makeSteps(): Uint32Array {
  return Uint32Array.from({ length: BYTE_VALUES }, (_, byte) => {
    let state = byte;
    for (let bit = 0; bit < 8; bit++) state = timesX(state);
    return state;
  });
}

/** For each byte of a length, and each value of it: x to the power of 8 times that many bytes. */
function makePowers(): Uint32Array[] {
  let unit = 0x00800000; // x⁸: one byte
  return Array.from({ length: LENGTH_BYTES }, () => {
    const values = new Uint32Array(BYTE_VALUES).fill(ONE);
    for (let value = 1; value < BYTE_VALUES; value++) values[value] = multiply(values[value - 1] ?? 0, unit);
    unit = multiply(values[BYTE_VALUES - 1] ?? 0, unit);
    return values;
  });
}

/** The state of a CRC-32 after bytes `start` to `end`. Source: RFC 1952 section 8. */
function advance(state: number, bytes: Buffer, start: number, end: number): number {
  const { steps } = tables();
  let next = state;
  for (let at = start; at < end; at++) next = (next >>> 8) ^ (steps[(next ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return next >>> 0;
}

/** The state after `length` further bytes of zero. */
function shift(state: number, length: number): number {
  const { powers } = tables();
  let shifted = state;
  for (let n = 0, left = length; left !== 0; n++, left >>>= 8) {
    const value = left & 0xff;
    if (value !== 0) shifted = multiply(powers[n]?.[value] ?? 0, shifted);
  }
  return shifted;
}

/** Product of two polynomials over GF(2) modulo the one of CRC-32, bits reversed. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bits = a, shifted = b; bits !== 0; bits <<= 1) {
    if (bits < 0 || bits >= ONE) product ^= shifted;
    shifted = timesX(shifted);
  }
  return product >>> 0;
}

function timesX(polynomial: number): number {
  return (polynomial & 1) === 0 ? polynomial >>> 1 : (polynomial >>> 1) ^ POLYNOMIAL;
}
