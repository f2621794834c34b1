import { closeSync, openSync, readSync } from "node:fs";
import { getBuiltinModule } from "node:process";

export const RANDOM_UNIQUE_BYTES = 36;

const KEY_BYTES = 16;
const KEYS_AT_ONCE = 1024;
const HYPHEN = 0x2d;
const DIGITS = Buffer.from("0123456789abcdef", "latin1");

let random = Buffer.alloc(0);
let used = 0;

/**
 * A new unique key: a UUID of version 4 in lower case, in a new buffer, in place of the time-based UUID of libgearman. A
 * gearmand that keeps its jobs in a database identifies them by unique key and function, so jobs without a key replace
 * each other there. A resent job keeps its key, so that the server joins it with the first one while that waits.
 * Source: job-server.md 2.2, wire-format.md 5.2.
 */
export function randomUnique(): Buffer {
  if (used === random.length) fetchRandom();
  const unique = Buffer.allocUnsafe(RANDOM_UNIQUE_BYTES);
  let at = 0;
  for (let n = 0; n < KEY_BYTES; n++) {
    let byte = random[used + n] ?? 0;
    if (n === 6) byte = (byte & 0x0f) | 0x40; // the version
    if (n === 8) byte = (byte & 0x3f) | 0x80; // the variant
    if (n === 4 || n === 6 || n === 8 || n === 10) unique[at++] = HYPHEN;
    unique[at++] = DIGITS[byte >> 4] ?? 0;
    unique[at++] = DIGITS[byte & 0x0f] ?? 0;
  }
  used += KEY_BYTES;
  return unique;
}

/** Adds a random unique key if the job has none. */
export function withUnique<T extends { readonly unique?: Buffer }>(job: T): T & { readonly unique: Buffer } {
  return hasUnique(job) ? job : { ...job, unique: randomUnique() };
}

export function hasUnique<T extends { readonly unique?: Buffer }>(
  job: T,
): job is T & { readonly unique: Buffer } {
  return job.unique !== undefined && job.unique.length > 0;
}

/**
 * Random unique keys that differ in their last eight digits. The number of a job reproduces its key, so that the keys of
 * hundreds of thousands of jobs need not be stored.
 */
export class UniqueSeries {
  /** The key that was written last. */
  #key: Buffer | undefined;
  #number = 0;

  /** The key of job `number`, 0…2³²−1, into `to` from `start` on. @returns where it ends */
  write(to: Buffer, start: number, number: number): number {
    to.set(this.#keyOf(number), start);
    return start + RANDOM_UNIQUE_BYTES;
  }

  /** The key of job `number`; a new buffer. */
  at(number: number): Buffer {
    return Buffer.from(this.#keyOf(number));
  }

  /** Digits that stay the same are not written again: mostly all but the last one. */
  #keyOf(number: number): Buffer {
    if (this.#key === undefined) {
      this.#key = randomUnique();
      writeDigits(this.#key, 0, 0xffffffff);
    }
    writeDigits(this.#key, number, this.#number ^ number);
    this.#number = number;
    return this.#key;
  }
}

/** Writes `number` into the last digits of a key, from the last one to the first in which a bit of `changed` is set. */
function writeDigits(key: Buffer, number: number, changed: number): void {
  let at = RANDOM_UNIQUE_BYTES - 1;
  for (let left = number, bits = changed; bits !== 0; left >>>= 4, bits >>>= 4, at--)
    key[at] = DIGITS[left & 0x0f] as number;
}

/** The first read is small: most senders send one result. */
function fetchRandom(): void {
  const bytes = random.length === 0 ? KEY_BYTES * 4 : KEY_BYTES * KEYS_AT_ONCE;
  if (random.length !== bytes) random = Buffer.allocUnsafeSlow(bytes);
  if (!readSystemRandom(random)) getBuiltinModule("node:crypto").randomFillSync(random);
  used = 0;
}

/** Avoids loading `node:crypto`, which takes longer than the rest of a sender's work. @returns false if it cannot be read */
function readSystemRandom(into: Buffer): boolean {
  try {
    const fd = openSync("/dev/urandom", "r");
    try {
      return readSync(fd, into, 0, into.length, null) === into.length;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}
