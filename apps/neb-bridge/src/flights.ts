import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { isSameServer, type ServerAddress } from "@mod-gearman/base";

/** A job whose result may come. */
interface Flight {
  /** Of its object. */
  readonly key: string;
  /** latin1 */
  readonly queue: string;
  /** Milliseconds since 1970. */
  readonly deadlineMs: number;
  /** Id of the one before of the same object, if that was in flight. */
  readonly before: string | undefined;
  /** That took its job; undefined before. */
  server: ServerAddress | undefined;
  /** Number of its handle there; -1: none to compare. */
  handleNumber: number;
  /** Id of an older one whose job this is too, as the server joined them. */
  joined: string | undefined;
}

export type LandingRefusal = "NOT_ALLOWED" | "NOT_IN_FLIGHT" | "OUT_OF_TIME" | "WRONG_OBJECT";

const ISSUED_BYTES = 6;
const DEADLINE_AT = ISSUED_BYTES;
const QUEUE_AT = DEADLINE_AT + ISSUED_BYTES;
const QUEUE_BYTES = 3;
const RANDOM_AT = QUEUE_AT + QUEUE_BYTES;
const RANDOM_BYTES = 5;
const MAC_AT = RANDOM_AT + RANDOM_BYTES;
const MAC_BYTES = 16;
const ID_BYTES = MAC_AT + MAC_BYTES;
const ID_CHARACTERS = 48; // of base64url, without padding
/** Random bytes are fetched for many ids at once. */
const POOL_BYTES = 800 * RANDOM_BYTES;
/** How often ids are looked for whose deadline is over: a look passes over all that landed before the first one that did not. */
const LOOK_EVERY_MS = 1000;
/** Some 120 MB. A job that a server joins to a waiting one leaves one id at most, so it is at least half as many objects. */
const MAX_FLIGHTS = 400_000;
const MAX_FORMER = 200_000;
const MAX_QUEUES = 10_000;

/**
 * Ids of jobs that a result may come for, each once. An id that this run of the bridge has not made is taken if an earlier run made
 * it, which a code in it proves, so that results of a restart are not lost. Source: envelope-v2.md 7.
 */
export class Flights {
  readonly #startedAtMs: number;
  readonly #nowMs: () => number;
  readonly #maxFlights: number;
  readonly #flights = new Map<string, Flight>();
  /** Number of flights of each object, from the first question about one on: who takes no legacy results never asks. */
  #objects: Map<string, number> | undefined;
  /** The newest id of each object. */
  readonly #newest = new Map<string, string>();
  /** Ids that were forgotten before their deadline, since there were too many: their results are refused. */
  forgotten = 0;
  /** Ids of earlier runs that were taken, with their deadlines. */
  readonly #former = new Map<string, number>();
  /** What stands for each queue in ids. */
  readonly #marks = new Map<string, Buffer>();
  /** The id that is being made. */
  readonly #id = Buffer.alloc(ID_BYTES);
  #pool: Buffer = Buffer.alloc(0);
  #poolAt = 0;
  #lookAtMs = 0;

  /** @param nowMs time of day, milliseconds since 1970 @param maxFlights beyond it the oldest ones are forgotten */
  constructor(nowMs: () => number, maxFlights = MAX_FLIGHTS) {
    this.#nowMs = nowMs;
    this.#maxFlights = maxFlights;
    this.#startedAtMs = nowMs();
  }

  get size(): number {
    return this.#flights.size;
  }

  /**
   * A new id for a job of an object.
   *
   * @param secret from which codes in ids are made, the same in all runs
   * @returns 48 characters of base64url
   */
  issue(key: string, queue: string, deadlineMs: number, secret: Buffer): string {
    const id = this.#id;
    const now = this.#nowMs();
    // never of before this run, also if the clock was set back: such an id would be taken twice, as that of a former run
    id.writeUIntBE(Math.max(now, this.#startedAtMs), 0, ISSUED_BYTES);
    id.writeUIntBE(deadlineMs, DEADLINE_AT, ISSUED_BYTES);
    this.#markOf(queue).copy(id, QUEUE_AT);
    this.#addRandom(id);
    id.write(codeOf(id, key, secret), MAC_AT, MAC_BYTES, "latin1");
    const text = id.toString("base64url");
    const before = this.#newest.get(key);
    this.#flights.set(text, {
      key,
      queue,
      deadlineMs,
      before,
      server: undefined,
      handleNumber: -1,
      joined: undefined,
    });
    this.#newest.set(key, text);
    if (this.#objects !== undefined) addOne(this.#objects, key);
    if (now >= this.#lookAtMs || this.#flights.size > this.#maxFlights) this.#dropOld(now);
    return text;
  }

  /**
   * A job server has the job. While a job of the object waits or runs, a server joins the following ones with its unique key to it,
   * and gives them its handle: their own ids never reach a worker, and only the newest of them is kept, since a handle may also be
   * one that a server has given again after a restart.
   *
   * @param handleNumber of {@link handleNumberOf}
   */
  accepted(jobId: string, server: ServerAddress, handleNumber: number): void {
    const flight = this.#flights.get(jobId);
    if (flight === undefined) return; // its result was faster
    flight.server = server;
    flight.handleNumber = handleNumber;
    const { before } = flight;
    const former = before === undefined ? undefined : this.#flights.get(before);
    if (before === undefined || former === undefined || !isSameJob(former, flight)) return;
    flight.joined = former.joined ?? before;
    if (former.joined !== undefined) this.#remove(before, former);
  }

  /** No job server has the job, or ever had it. */
  withdraw(jobId: string): void {
    const flight = this.#flights.get(jobId);
    if (flight !== undefined) this.#remove(jobId, flight);
  }

  /** Whether a result with this id would be taken for this object, from who may report for these queues. */
  isInFlight(id: Buffer, key: string, queues: readonly string[]): boolean {
    const flight = this.#flights.get(id.toString("latin1"));
    return flight !== undefined && flight.key === key && queues.includes(flight.queue);
  }

  /** Whether a job of this object may still have a result. */
  hasObject(key: string): boolean {
    this.#objects ??= this.#countObjects();
    return this.#objects.has(key);
  }

  /**
   * A result with this id has come for this object: after that the id is used up, but for WRONG_OBJECT and NOT_ALLOWED.
   *
   * @param queues that the sender may report for, latin1; undefined: all
   * @returns why it must not be taken
   */
  land(id: Buffer, key: string, secret: Buffer, queues?: readonly string[]): LandingRefusal | undefined {
    const text = id.toString("latin1");
    const flight = this.#flights.get(text);
    if (flight === undefined) return this.#landFormer(id, key, secret, queues);
    if (queues?.includes(flight.queue) === false) return "NOT_ALLOWED";
    if (flight.key !== key) return "WRONG_OBJECT";
    this.#remove(text, flight);
    this.#removeJoined(text, key);
    return flight.deadlineMs < this.#nowMs() ? "OUT_OF_TIME" : undefined;
  }

  /** Those whose job it was too: the newest one, or the one before, while the job of the newest is being submitted. */
  #removeJoined(text: string, key: string): void {
    const newest = this.#newest.get(key);
    for (const id of [newest, newest === undefined ? undefined : this.#flights.get(newest)?.before]) {
      const flight = id === undefined ? undefined : this.#flights.get(id);
      if (id !== undefined && flight?.joined === text) this.#remove(id, flight);
    }
  }

  #landFormer(
    id: Buffer,
    key: string,
    secret: Buffer,
    queues: readonly string[] | undefined,
  ): LandingRefusal | undefined {
    const text = id.toString("latin1");
    const bytes = id.length === ID_CHARACTERS ? Buffer.from(text, "base64url") : undefined;
    if (bytes?.length !== ID_BYTES || bytes.toString("base64url") !== text) return "NOT_IN_FLIGHT";
    const code = Buffer.from(codeOf(bytes, key, secret), "latin1").subarray(0, MAC_BYTES);
    const isOurs = timingSafeEqual(code, bytes.subarray(MAC_AT));
    const isFormer = bytes.readUIntBE(0, ISSUED_BYTES) < this.#startedAtMs;
    if (!isOurs || !isFormer || this.#former.has(text)) return "NOT_IN_FLIGHT";
    const mark = bytes.subarray(QUEUE_AT, RANDOM_AT);
    if (queues?.some((queue) => this.#markOf(queue).equals(mark)) === false) return "NOT_ALLOWED";
    const deadlineMs = bytes.readUIntBE(DEADLINE_AT, ISSUED_BYTES);
    const now = this.#nowMs();
    if (deadlineMs < now) return "OUT_OF_TIME";
    if (this.#former.size >= MAX_FORMER)
      for (const [one, until] of this.#former) if (until < now) this.#former.delete(one);
    if (this.#former.size >= MAX_FORMER) return "NOT_IN_FLIGHT";
    this.#former.set(text, deadlineMs);
    return undefined;
  }

  /** From the front, where the oldest ones are, as far as their deadlines are over; of too many a hundredth at once. */
  #dropOld(now: number): void {
    this.#lookAtMs = now + LOOK_EVERY_MS;
    const max = this.#maxFlights;
    const kept = this.#flights.size > max ? Math.floor(max * 0.99) : max;
    for (const [text, flight] of this.#flights) {
      if (flight.deadlineMs >= now) {
        if (this.#flights.size <= kept) return;
        this.forgotten += 1;
      }
      this.#remove(text, flight);
    }
  }

  #remove(text: string, { key, before }: Flight): void {
    this.#flights.delete(text);
    if (this.#newest.get(key) === text) {
      if (before !== undefined && this.#flights.has(before)) this.#newest.set(key, before);
      else this.#newest.delete(key);
    }
    const objects = this.#objects;
    if (objects === undefined) return;
    const others = (objects.get(key) ?? 1) - 1;
    if (others === 0) objects.delete(key);
    else objects.set(key, others);
  }

  #countObjects(): Map<string, number> {
    const objects = new Map<string, number>();
    for (const { key } of this.#flights.values()) addOne(objects, key);
    return objects;
  }

  /** First bytes of the hash of its name. */
  #markOf(queue: string): Buffer {
    const known = this.#marks.get(queue);
    if (known !== undefined) return known;
    const digest = hash("sha256", Buffer.from(queue, "latin1"), "binary");
    const mark = Buffer.from(digest.slice(0, QUEUE_BYTES), "latin1");
    if (this.#marks.size < MAX_QUEUES) this.#marks.set(queue, mark);
    return mark;
  }

  #addRandom(id: Buffer): void {
    if (this.#poolAt >= this.#pool.length) {
      this.#pool = randomBytes(POOL_BYTES);
      this.#poolAt = 0;
    }
    this.#pool.copy(id, RANDOM_AT, this.#poolAt, this.#poolAt + RANDOM_BYTES);
    this.#poolAt += RANDOM_BYTES;
  }
}

/** Each server numbers its jobs. */
function isSameJob(one: Flight, other: Flight): boolean {
  if (one.handleNumber < 0 || one.handleNumber !== other.handleNumber) return false;
  return one.server !== undefined && other.server !== undefined && isSameServer(one.server, other.server);
}

function addOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** What is hashed; it is larger only for names that are. */
let hashed = Buffer.alloc(1024);

/**
 * SHA-512/256 over the secret in front, of which 16 bytes are used: this hash cannot be continued by who does not know the secret,
 * and one call costs less than an HMAC.
 *
 * @returns latin1: as a buffer it would cost twice as much
 */
function codeOf(id: Buffer, key: string, secret: Buffer): string {
  const bytes = secret.length + MAC_AT + key.length;
  if (bytes > hashed.length) hashed = Buffer.alloc(bytes);
  secret.copy(hashed);
  id.copy(hashed, secret.length, 0, MAC_AT);
  hashed.write(key, secret.length + MAC_AT, "latin1");
  return hash("sha512-256", hashed.subarray(0, bytes), "binary");
}
