import { hash, randomBytes, timingSafeEqual } from "node:crypto";

/** A job whose result may come. */
interface Flight {
  /** Of its object. */
  readonly key: string;
  /** latin1 */
  readonly queue: string;
  /** Milliseconds since 1970. */
  readonly deadlineMs: number;
}

export type LandingRefusal = "NOT_IN_FLIGHT" | "OUT_OF_TIME" | "WRONG_OBJECT";

const ISSUED_BYTES = 6;
const DEADLINE_AT = ISSUED_BYTES;
const RANDOM_AT = DEADLINE_AT + ISSUED_BYTES;
const RANDOM_BYTES = 8;
const MAC_AT = RANDOM_AT + RANDOM_BYTES;
const MAC_BYTES = 16;
const ID_BYTES = MAC_AT + MAC_BYTES;
const ID_CHARACTERS = 48; // of base64url, without padding
/** Random bytes are fetched for many ids at once. */
const POOL_BYTES = 4096;
const MAX_FLIGHTS = 2_000_000;
const MAX_FORMER = 200_000;

/**
 * Ids of jobs that a result may come for, each once. An id that this run of the bridge has not made is taken if an earlier run made
 * it, which a code in it proves, so that results of a restart are not lost. Source: envelope-v2.md 7.
 */
export class Flights {
  readonly #startedAtMs: number;
  readonly #nowMs: () => number;
  readonly #flights = new Map<string, Flight>();
  readonly #objects = new Map<string, number>();
  /** Ids of earlier runs that were taken, with their deadlines. */
  readonly #former = new Map<string, number>();
  #pool: Buffer = Buffer.alloc(0);

  /** @param nowMs time of day, milliseconds since 1970 */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#startedAtMs = nowMs();
  }

  get size(): number {
    return this.#flights.size;
  }

  /**
   * A new id for a job of an object.
   *
   * @param secret from which codes in ids are made, the same in all runs
   */
  issue(key: string, queue: string, deadlineMs: number, secret: Buffer): Buffer {
    const id = Buffer.allocUnsafe(ID_BYTES);
    // never of before this run, also if the clock was set back: such an id would be taken twice, as that of a former run
    id.writeUIntBE(Math.max(this.#nowMs(), this.#startedAtMs), 0, ISSUED_BYTES);
    id.writeUIntBE(deadlineMs, DEADLINE_AT, ISSUED_BYTES);
    this.#random().copy(id, RANDOM_AT);
    codeOf(id, key, secret).copy(id, MAC_AT);
    const text = id.toString("base64url");
    this.#flights.set(text, { key, queue, deadlineMs });
    this.#objects.set(key, (this.#objects.get(key) ?? 0) + 1);
    this.#dropOld();
    return Buffer.from(text, "latin1");
  }

  /** Whether a job of this object may still have a result. */
  hasObject(key: string): boolean {
    return this.#objects.has(key);
  }

  /** Queue of a job; undefined if this run of the bridge has not made its id, or it is used up. */
  queueOf(id: Buffer): Buffer | undefined {
    const flight = this.#flights.get(id.toString("latin1"));
    return flight === undefined ? undefined : Buffer.from(flight.queue, "latin1");
  }

  /**
   * A result with this id has come for this object: after that the id is used up, but for WRONG_OBJECT.
   *
   * @returns why it must not be taken
   */
  land(id: Buffer, key: string, secret: Buffer): LandingRefusal | undefined {
    const text = id.toString("latin1");
    const flight = this.#flights.get(text);
    if (flight === undefined) return this.#landFormer(id, text, key, secret);
    if (flight.key !== key) return "WRONG_OBJECT";
    this.#remove(text, flight);
    return flight.deadlineMs < this.#nowMs() ? "OUT_OF_TIME" : undefined;
  }

  #landFormer(id: Buffer, text: string, key: string, secret: Buffer): LandingRefusal | undefined {
    const bytes = id.length === ID_CHARACTERS ? Buffer.from(text, "base64url") : undefined;
    if (bytes?.length !== ID_BYTES || bytes.toString("base64url") !== text) return "NOT_IN_FLIGHT";
    const isOurs = timingSafeEqual(codeOf(bytes, key, secret), bytes.subarray(MAC_AT));
    const isFormer = bytes.readUIntBE(0, ISSUED_BYTES) < this.#startedAtMs;
    if (!isOurs || !isFormer || this.#former.has(text)) return "NOT_IN_FLIGHT";
    const deadlineMs = bytes.readUIntBE(DEADLINE_AT, ISSUED_BYTES);
    const now = this.#nowMs();
    if (deadlineMs < now) return "OUT_OF_TIME";
    if (this.#former.size >= MAX_FORMER)
      for (const [one, until] of this.#former) if (until < now) this.#former.delete(one);
    if (this.#former.size >= MAX_FORMER) return "NOT_IN_FLIGHT";
    this.#former.set(text, deadlineMs);
    return undefined;
  }

  /** From the front, where the oldest ones are, as far as their deadlines are over. */
  #dropOld(): void {
    const now = this.#nowMs();
    for (const [text, flight] of this.#flights) {
      if (flight.deadlineMs >= now && this.#flights.size <= MAX_FLIGHTS) return;
      this.#remove(text, flight);
    }
  }

  #remove(text: string, { key }: Flight): void {
    this.#flights.delete(text);
    const others = (this.#objects.get(key) ?? 1) - 1;
    if (others === 0) this.#objects.delete(key);
    else this.#objects.set(key, others);
  }

  #random(): Buffer {
    if (this.#pool.length < RANDOM_BYTES) this.#pool = randomBytes(POOL_BYTES);
    const bytes = this.#pool.subarray(0, RANDOM_BYTES);
    this.#pool = this.#pool.subarray(RANDOM_BYTES);
    return bytes;
  }
}

/**
 * SHA-512/256 over the secret in front, cut to 16 bytes: this hash cannot be continued by who does not know the secret, and one
 * call costs less than an HMAC.
 */
function codeOf(id: Buffer, key: string, secret: Buffer): Buffer {
  const input = Buffer.concat([secret, id.subarray(0, MAC_AT), Buffer.from(key, "latin1")]);
  return Buffer.from(hash("sha512-256", input, "hex").slice(0, 2 * MAC_BYTES), "hex");
}
