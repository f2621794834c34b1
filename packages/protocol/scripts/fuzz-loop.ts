import { parseArgs } from "node:util";

/** Random numbers, reproducible from a seed. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 up to, not including, `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** 0 to `most` random bytes. */
  bytes(most: number): Buffer {
    return Buffer.from(Array.from({ length: this.below(most + 1) }, () => this.below(256)));
  }
}

/** Something that takes foreign bytes. */
export interface Target {
  readonly name: string;
  /** An input; what is near to a valid one gets deeper than noise. */
  make(chance: Chance): Buffer;
  /** Throws when the code under test does what it must not do. Must not write to `input`. */
  check(input: Buffer, chance: Chance): void;
}

const GUARD_BYTES = 64;
const SHOWN_BYTES = 2048;
const LONG_INPUT_MS = 2000;

/** Bytes at which decoders turn. */
const SIGNIFICANT = [
  "\0",
  "\n",
  "\r",
  "=",
  "\t",
  " ",
  ".",
  "\\n",
  "\0REQ",
  "\0RES",
  "\xff\xff\xff\xff",
  "ERR ",
  "type=",
];

/** `input` with some bytes changed, cut, doubled or put in. */
export function mutate(input: Buffer, chance: Chance): Buffer {
  let bytes = Buffer.from(input);
  for (let change = chance.below(4); change >= 0; change--) {
    const at = chance.below(bytes.length + 1);
    const to = at + chance.below(16);
    const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
    const significant = Buffer.from(chance.pick(SIGNIFICANT), "latin1");
    bytes = Buffer.concat(
      chance.pick([
        [head, chance.bytes(4), tail],
        [head, tail],
        [head],
        [head, middle, middle, tail],
        [head, significant, middle, tail],
        [head, significant, tail],
      ]),
    );
  }
  return bytes;
}

/** Cuts `input` into chunks of random sizes, none included. */
export function chunksOf(input: Buffer, chance: Chance): Buffer[] {
  const chunks: Buffer[] = [];
  const most = chance.pick([1, 3, 40, input.length + 1]);
  for (let at = 0; at < input.length; ) {
    const end = at + chance.below(most + 1);
    chunks.push(input.subarray(at, end));
    at = Math.max(at, Math.min(end, input.length));
  }
  return chunks;
}

/** @throws Error with `what` when it does not hold */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Runs `body`; only errors of the package's own class may be thrown. @returns its value, undefined after such an error */
export function only<T>(ownError: new (...args: never[]) => Error, body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof ownError) return undefined;
    throw error;
  }
}

/** Whether `part` lies in the memory of `whole`. */
export function isInside(part: Buffer, whole: Buffer): boolean {
  const start = part.byteOffset - whole.byteOffset;
  return (
    part.length === 0 || (part.buffer === whole.buffer && start >= 0 && start + part.length <= whole.length)
  );
}

/** One input: laid between guards in one piece of memory, which must be as before afterwards. */
function tryOne(target: Target, seed: number): Buffer {
  const chance = new Chance(seed);
  const content = target.make(chance);
  const memory = Buffer.alloc(content.length + 2 * GUARD_BYTES, 0xee);
  content.copy(memory, GUARD_BYTES);
  const before = Buffer.from(memory);
  const start = process.cpuUsage(); // not the time of day: other programs take it too
  try {
    target.check(memory.subarray(GUARD_BYTES, GUARD_BYTES + content.length), chance);
    must(memory.equals(before), "the input or what lies around it was written to");
    const { user, system } = process.cpuUsage(start);
    must((user + system) / 1000 < LONG_INPUT_MS, `took longer than ${LONG_INPUT_MS} ms`);
  } catch (cause) {
    throw new Finding(target.name, seed, content, cause);
  }
  return content;
}

class Finding extends Error {
  override readonly name: string = "Finding";
  constructor(target: string, seed: number, input: Buffer, cause: unknown) {
    const why = cause instanceof Error ? cause.stack : String(cause);
    const hex = input.toString("hex", 0, SHOWN_BYTES);
    super(`${target}, --seed ${seed} --seconds 0\n${why}\n${input.length} bytes: ${hex}`);
  }
}

/**
 * Feeds the targets in turn for `--seconds` (default 10; 0: one input each), from `--seed` on (default: by chance). Prints
 * the seed first; ends the process with 1 at a finding, whose own seed is printed.
 */
export function fuzz(targets: readonly Target[]): void {
  const { values } = parseArgs({ options: { seconds: { type: "string" }, seed: { type: "string" } } });
  const seconds = Number(values.seconds ?? 10);
  const first = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  if (!Number.isFinite(seconds) || seconds < 0 || !Number.isSafeInteger(first)) {
    console.error("--seconds takes a number from 0, --seed a whole number");
    process.exit(3);
  }
  console.log(`seed ${first}`);
  const endMs = performance.now() + seconds * 1000;
  let seed = first;
  let bytes = 0;
  try {
    do {
      for (const target of targets) bytes += tryOne(target, seed).length;
      seed++;
    } while (performance.now() < endMs);
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    console.log(`FINDING in ${error.message}`);
    process.exit(1);
  }
  console.log(`${(seed - first) * targets.length} inputs, ${bytes} bytes, no finding`);
}
