import { type Clock, printAddress, type ServerAddress, type Timer } from "@mod-gearman/base";
import { DueBuckets } from "./due-buckets.ts";

/** A check that is on a job server and whose result has not come yet. */
export interface OutstandingCheck {
  readonly hostName: Buffer;
  readonly serviceDescription: Buffer | undefined;
  /** Identifies the job on its server. */
  readonly id: { readonly unique: Buffer } | { readonly handle: Buffer };
  /** The server that took the job. */
  readonly server: ServerAddress;
}

/** A check whose job is being handed over; becomes an {@link OutstandingCheck}, or is given up. */
export interface Claim {
  readonly key: string;
  /** Unique key of the job, latin1; empty when the site works without them. */
  readonly unique: string;
  readonly startedAt: number;
  /** Its result came before the acknowledgement of its job, which takes another connection. */
  answered: boolean;
}

export interface OutstandingOptions {
  readonly clock: Clock;
  /** Asks the server that took the job whether it has it still. Rejects when that server cannot be asked. */
  readonly isKnown: (check: OutstandingCheck) => Promise<boolean>;
  /** Whether there is a core to report to. Without one nothing is asked. */
  readonly mayAsk: () => boolean;
  /** Whether the result queue has been seen empty since this time of the clock: no result waits from before. */
  readonly drainedSince: (ms: number) => boolean;
  readonly onLost: (check: OutstandingCheck, why: string) => void;
  /** Added to the check's own timeout before it counts as overdue. */
  readonly graceMs: number;
  /** How long a result may be under way after its job has left the server, when the result queue is empty. */
  readonly deliveryMs: number;
  /** The same when the result queue has not been seen empty, and how long a server may be out of reach. */
  readonly maxDeliveryMs: number;
  /** Interval of the sweep. */
  readonly sweepMs: number;
  /** More checks than this are not watched; counted in `unwatched`. */
  readonly maxChecks: number;
}

/** Kept small and without buffers: there may be a million, and a buffer would hold the whole chunk it came in. */
interface Row {
  readonly key: string;
  /** Unique key, or the handle of a job without one; latin1. */
  readonly id: string;
  readonly named: boolean;
  readonly server: ServerAddress;
  readonly acceptedAt: number;
  readonly timeoutMs: number;
  /** Set when the job server did not know the job. */
  missingSince: number | undefined;
  /** Set while the job server cannot be asked. */
  unaskedSince: number | undefined;
  /** Its bucket; undefined while the server is being asked. */
  place: Set<Row> | undefined;
}

/** Checks on a server that cannot be asked. */
interface Unreachable {
  /** In order of arrival. */
  readonly waiting: Set<Row>;
  /** One of them is being asked about, to see whether the server is back. */
  probing: boolean;
}

const ASKED_AT_ONCE = 200;
const GIVEN_UP_AT_ONCE = 1000;
const PARKED_AT_ONCE = 10_000;
const SECOND_MS = 1000;

/** One text for one object; NUL cannot occur in a name. */
export function objectKey(hostName: Buffer, serviceDescription: Buffer | undefined): string {
  const host = hostName.toString("latin1");
  return serviceDescription === undefined ? host : `${host}\0${serviceDescription.toString("latin1")}`;
}

function checkOf(row: Row): OutstandingCheck {
  const [host = "", service] = row.key.split("\0");
  const id = Buffer.from(row.id, "latin1");
  return {
    hostName: Buffer.from(host, "latin1"),
    serviceDescription: service === undefined ? undefined : Buffer.from(service, "latin1"),
    id: row.named ? { unique: id } : { handle: id },
    server: row.server,
  };
}

/**
 * Remembers each accepted check until its result comes, so that a job that vanished with its job server
 * does not leave a check "executing" forever. The cost of a step does not depend on the number of checks.
 */
export class OutstandingChecks {
  readonly #options: OutstandingOptions;
  readonly #rows = new Map<string, Row>();
  readonly #claims = new Map<string, Claim>();
  readonly #byUnique = new Map<string, string>();
  readonly #due: DueBuckets<Row>;
  /** By address. Their checks are not asked about one by one: a thousand would take as long as a thousand timeouts. */
  readonly #unreachable = new Map<string, Unreachable>();
  #asking = 0;
  #timer: Timer | undefined;
  unwatched = 0;
  lost = 0;

  constructor(options: OutstandingOptions) {
    this.#options = options;
    this.#due = new DueBuckets(options.sweepMs, options.clock.monotonicMs());
    this.#arm();
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Age of the check that was accepted first, milliseconds; 0 without one. */
  get oldestMs(): number {
    const [oldest] = this.#rows.values();
    return oldest === undefined ? 0 : this.#now() - oldest.acceptedAt;
  }

  /** Whether a job of *another* object, watched or being handed over, carries this unique key. */
  isTaken(unique: string, key: string): boolean {
    const owner = this.#byUnique.get(unique);
    return owner !== undefined && owner !== key;
  }

  /** A job is about to be handed over. Exactly one of {@link accept} and {@link release} must follow. */
  claim(key: string, unique: string): Claim {
    const claim: Claim = { key, unique, startedAt: this.#now(), answered: false };
    this.#claims.set(key, claim);
    if (unique !== "") this.#byUnique.set(unique, key);
    return claim;
  }

  /** The job of a claim is on a job server. */
  accept(claim: Claim, job: { handle: Buffer; server: ServerAddress; timeoutMs: number }): void {
    const { key, unique } = claim;
    const bounded = this.#rows.size >= this.#options.maxChecks && !this.#rows.has(key);
    if (bounded) this.unwatched += 1;
    if (bounded || claim.answered) {
      this.release(claim);
      return;
    }
    this.#drop(key); // the core runs the same object again: the newer job counts
    const row: Row = {
      key,
      id: unique === "" ? job.handle.toString("latin1") : unique,
      named: unique !== "",
      server: job.server,
      acceptedAt: claim.startedAt,
      timeoutMs: job.timeoutMs,
      missingSince: undefined,
      unaskedSince: undefined,
      place: undefined,
    };
    this.#rows.set(key, row);
    this.#due.put(row, this.#now() + row.timeoutMs + this.#options.graceMs);
    if (this.#claims.get(key) === claim) this.#claims.delete(key);
  }

  /** The job of a claim is on no job server. */
  release(claim: Claim): void {
    if (this.#claims.get(claim.key) === claim) this.#claims.delete(claim.key);
    this.#freeUnique(claim.unique, claim.key);
  }

  /**
   * Its result arrived.
   *
   * @returns milliseconds since its job was handed over; undefined when no such check was under way
   */
  remove(hostName: Buffer, serviceDescription: Buffer | undefined): number | undefined {
    const key = objectKey(hostName, serviceDescription);
    const claim = this.#claims.get(key);
    if (claim !== undefined) claim.answered = true;
    const startedAt = this.#rows.get(key)?.acceptedAt ?? claim?.startedAt;
    this.#drop(key);
    return startedAt === undefined ? undefined : this.#now() - startedAt;
  }

  /**
   * The connection to `server` was lost and is back: every job put there before is in doubt. Jobs on another
   * server are not, because this one would know nothing of them.
   */
  doubtAll(server: ServerAddress): void {
    this.#unreachable.delete(printAddress(server));
    this.#due.hurry(this.#waitingFor(server));
  }

  close(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#rows.clear();
    this.#claims.clear();
    this.#byUnique.clear();
    this.#unreachable.clear();
    this.#due.clear();
  }

  *#waitingFor(server: ServerAddress): Generator<Row> {
    for (const row of this.#rows.values()) {
      const { host, port } = row.server;
      if (row.place !== undefined && host === server.host && port === server.port) yield row;
    }
  }

  /** Whole milliseconds, which need no memory of their own in a row. */
  #now(): number {
    return Math.trunc(this.#options.clock.monotonicMs());
  }

  #drop(key: string): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.delete(key);
    this.#due.remove(row);
    if (row.named) this.#freeUnique(row.id, key);
  }

  #freeUnique(unique: string, key: string): void {
    if (this.#byUnique.get(unique) !== key) return;
    const row = this.#rows.get(key);
    if (row?.named === true && row.id === unique) return;
    if (this.#claims.get(key)?.unique === unique) return;
    this.#byUnique.delete(unique);
  }

  #arm(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#due.advance(this.#now());
      if (this.#options.mayAsk()) this.#probe();
      this.#askMore();
      this.#arm();
    }, this.#options.sweepMs);
  }

  #askMore(): void {
    // The rest of many that cannot be asked about waits for the next sweep.
    for (let parked = 0; parked < PARKED_AT_ONCE && this.#asking < ASKED_AT_ONCE; ) {
      const row = this.#options.mayAsk() ? this.#due.next() : undefined;
      if (row === undefined) return;
      if (this.#unreachable.has(printAddress(row.server))) {
        this.#park(row);
        parked += 1;
      } else this.#ask(row);
    }
  }

  /** One question to each server that could not be asked; checks that have waited there for too long are given up. */
  #probe(): void {
    for (const [address, one] of this.#unreachable) {
      this.#giveUp(one.waiting);
      const [first] = one.waiting;
      if (one.probing) continue;
      if (first === undefined) {
        this.#unreachable.delete(address);
        continue;
      }
      one.probing = true;
      this.#due.remove(first);
      this.#ask(first);
    }
  }

  #giveUp(waiting: Set<Row>): void {
    const { maxDeliveryMs } = this.#options;
    const now = this.#now();
    let left = GIVEN_UP_AT_ONCE;
    for (const row of waiting) {
      const waited = now - (row.unaskedSince ?? now);
      if (waited < maxDeliveryMs || left === 0) return;
      left -= 1;
      const seconds = Math.trunc(waited / SECOND_MS);
      this.#lose(row, `its job server ${printAddress(row.server)} could not be asked for ${seconds} s`);
    }
  }

  #ask(row: Row): void {
    this.#asking += 1;
    const answer = this.#options.isKnown(checkOf(row)).catch(() => undefined);
    void answer.then((known) => {
      this.#asking -= 1;
      this.#answered(row, known);
      this.#askMore();
    });
  }

  /** @param known undefined when the server could not be asked */
  #answered(row: Row, known: boolean | undefined): void {
    const { graceMs } = this.#options;
    if (known !== undefined) this.#reached(row.server);
    else this.#notReached(row.server);
    if (this.#rows.get(row.key) !== row) return; // its result came meanwhile
    if (known === undefined) {
      this.#park(row);
      return;
    }
    row.unaskedSince = undefined;
    if (!known) {
      this.#missing(row);
      return;
    }
    row.missingSince = undefined;
    this.#due.put(row, this.#now() + row.timeoutMs + graceMs);
  }

  #notReached(server: ServerAddress): void {
    const found = this.#unreachable.get(printAddress(server));
    if (found === undefined)
      this.#unreachable.set(printAddress(server), { waiting: new Set(), probing: false });
    else found.probing = false;
  }

  #reached(server: ServerAddress): void {
    const found = this.#unreachable.get(printAddress(server));
    if (found === undefined) return;
    this.#unreachable.delete(printAddress(server));
    this.#due.hurryBucket(found.waiting);
  }

  #park(row: Row): void {
    row.unaskedSince ??= this.#now();
    const waiting = this.#unreachable.get(printAddress(row.server))?.waiting;
    waiting?.add(row);
    row.place = waiting;
  }

  #missing(row: Row): void {
    const { drainedSince, deliveryMs, maxDeliveryMs } = this.#options;
    const now = this.#now();
    row.missingSince ??= now;
    const waited = now - row.missingSince;
    if (waited < deliveryMs || (waited < maxDeliveryMs && !drainedSince(row.missingSince)))
      this.#due.put(row, now + deliveryMs);
    else this.#lose(row, "the job server does not know the job any more and no result came");
  }

  #lose(row: Row, why: string): void {
    this.#drop(row.key);
    this.lost += 1;
    this.#options.onLost(checkOf(row), why);
  }
}
