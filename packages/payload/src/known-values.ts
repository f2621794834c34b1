const LF = 0x0a;
const EQUALS = 0x3d;
/** As in key-values.ts: the limits bound time and memory. */
const MAX_LINES = 1000;
const MAX_KEY_BYTES = 64;
/** A longer value is searched by a call, which costs more than a loop over a short one. */
const SHORT_BYTES = 48;

/** The values of {@link KnownKeys.read}. */
export interface KnownValues {
  /** A view of the text; undefined if the key is missing. */
  get(index: number): Buffer | undefined;
  /** Where a value starts, and where it ends; both -1 if the key is missing. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** The text has a line `output` without `=`; it was the last one read. */
  readonly hasBareOutput: boolean;
}

/**
 * Reads the values of known keys, as `parseKeyValues` does with `first-empty`, without making a string of each key and an
 * object of each value: a result has a dozen of them. Internal to the package.
 */
export class KnownKeys {
  /** By length. */
  readonly #keys: { readonly index: number; readonly bytes: Buffer }[][] = [];
  readonly #count: number;
  readonly #output: number;

  /** @param names latin1, of at most 64 bytes; one is `output`. The index of a name is that of its value */
  constructor(names: readonly string[]) {
    this.#count = names.length;
    this.#output = names.indexOf("output");
    for (const [index, name] of names.entries()) {
      const ofLength = this.#keys[name.length] ?? [];
      ofLength.push({ index, bytes: Buffer.from(name, "latin1") });
      this.#keys[name.length] = ofLength;
    }
  }

  /** Never throws. */
  read(text: Buffer): KnownValues {
    const starts = new Array<number>(this.#count).fill(-1);
    const ends = new Array<number>(this.#count).fill(-1);
    let hasBareOutput = false;
    for (let at = 0, end = 0, lines = 0; at < text.length && lines < MAX_LINES; at = end + 1, lines++) {
      const equals = firstOf(text, at);
      if (text[equals] !== EQUALS) {
        hasBareOutput = this.#find(text, at, equals) === this.#output;
        break;
      }
      end = endOfLine(text, equals + 1);
      const index = this.#find(text, at, equals);
      const isEmpty = end === equals + 1;
      if (index >= 0 && (!isEmpty || index === this.#output)) {
        starts[index] = equals + 1;
        ends[index] = end;
      }
      if (isEmpty) break;
    }
    const get = (index: number): Buffer | undefined =>
      starts[index] === -1 ? undefined : text.subarray(starts[index], ends[index]);
    return { get, starts, ends, hasBareOutput };
  }

  /** @returns -1 for an unknown key */
  #find(text: Buffer, at: number, end: number): number {
    if (end - at > MAX_KEY_BYTES) return -1;
    for (const { index, bytes } of this.#keys[end - at] ?? []) if (isAt(text, at, bytes)) return index;
    return -1;
  }
}

function isAt(text: Buffer, at: number, bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i++) if (text[at + i] !== bytes[i]) return false;
  return true;
}

/** Offset of the first `=` or LF from `at` on, the end of the text without one. */
function firstOf(text: Buffer, at: number): number {
  let to = at;
  while (to < text.length && text[to] !== EQUALS && text[to] !== LF) to++;
  return to;
}

function endOfLine(text: Buffer, at: number): number {
  const near = Math.min(text.length, at + SHORT_BYTES);
  for (let to = at; to < near; to++) if (text[to] === LF) return to;
  const end = text.indexOf(LF, near);
  return end === -1 ? text.length : end;
}
