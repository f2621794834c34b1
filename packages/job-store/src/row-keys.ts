/** `~gm~`, what the client sent (`e` empty, `d` dash), 16 hexadecimal digits, `-`, a number in base 36. */
const GENERATED = /^~gm~([ed])[0-9a-f]{16}-[0-9a-z]+$/;
const RANDOM_BYTES = 8;
const BASE = 36;

/**
 * Keys of rows. Stores key on (unique, function), so jobs that share an empty or `-` unique would share one row; they get a
 * generated key of up to 63 bytes (X9).
 */
export class RowKeys {
  readonly #start = process.getBuiltinModule("node:crypto").randomBytes(RANDOM_BYTES).toString("hex");
  #count = 0;

  keyFor(unique: string): string {
    if (unique !== "" && unique !== "-") return unique;
    this.#count += 1;
    return `~gm~${unique === "" ? "e" : "d"}${this.#start}-${this.#count.toString(BASE)}`;
  }
}

/** The unique that a client sent, of a row with this key. */
export function uniqueOf(key: string): string {
  const sent = GENERATED.exec(key)?.[1];
  if (sent === undefined) return key;
  return sent === "e" ? "" : "-";
}
