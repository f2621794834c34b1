import type { Clock, ServerAddress, Timer } from "@mod-gearman/client";

import { DueBuckets } from "./due-buckets.ts";

/** A check that is on a job server and whose result has not come yet. */
export interface OutstandingCheck {
  readonly hostName: Buffer;
  readonly serviceDescription: Buffer | undefined;
  /** What the job server knows the job by. */
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
  /** Asks the job server whether the job still exists. Rejects when no server can be asked. */
  readonly isKnown: (check: OutstandingCheck) => Promise<boolean>;
  /** Whether the result queue has been seen empty since this time of the clock: no result waits from before. */
  readonly drainedSince: (ms: number) => boolean;
  readonly onLost: (check: OutstandingCheck, why: string) => void;
  /** Added to the check's own timeout before it counts as overdue. */
  readonly graceMs: number;
  /** How long a result may be under way after its job has left the server, when the result queue is empty. */
  readonly deliveryMs: number;
  /** The same when the result queue has not been seen empty. */
  readonly maxDeliveryMs: number;
  /** How often the table is looked through. */
  readonly sweepMs: number;
  /** More checks than this are not watched; counted in `unwatched`. */
  readonly maxChecks: number;
}

/** Kept small and without buffers: there may be a million, and a buffer would hold the whole chunk it came in. */
interface Row {
  readonly key: string;
  /** Unique key or, where there is none, handle of the job; latin1. */
  readonly id: string;
  readonly named: boolean;
  readonly server: ServerAddress;
  readonly acceptedAt: number;
  readonly timeoutMs: number;
  /** Set when the job server did not know the job. */
  missingSince: number | undefined;
  /** Where it waits to be due; in none while the server is being asked. */
  place: Set<Row> | undefined;
}

const ASKED_AT_ONCE = 200;

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
 * does not leave a check "executing" for ever. Every step costs the same whatever the number of checks.
 */
export class OutstandingChecks {
  readonly #options: OutstandingOptions;
  readonly #rows = new Map<string, Row>();
  readonly #claims = new Map<string, Claim>();
  readonly #byUnique = new Map<string, string>();
  readonly #due: DueBuckets<Row>;
  #asking = 0;
  /** Nobody could be asked; the next sweep tries again. */
  #resting = false;
  #timer: Timer | undefined;
  unwatched = 0;
  lost = 0;

  constructor(options: OutstandingOptions) {
    this.#options = options;
    this.#due = new DueBuckets(options.sweepMs, options.clock.now());
    this.#arm();
  }

  get size(): number {
    return this.#rows.size;
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
    this.#due.hurry(this.#waitingFor(server));
  }

  close(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#rows.clear();
    this.#claims.clear();
    this.#byUnique.clear();
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
    return Math.trunc(this.#options.clock.now());
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
      this.#resting = false;
      this.#due.advance(this.#now());
      this.#askMore();
      this.#arm();
    }, this.#options.sweepMs);
  }

  #askMore(): void {
    while (this.#asking < ASKED_AT_ONCE && !this.#resting) {
      const row = this.#due.next();
      if (row === undefined) return;
      this.#asking += 1;
      void this.#ask(row).then(() => {
        this.#asking -= 1;
        this.#askMore();
      });
    }
  }

  /** Never rejects. */
  async #ask(row: Row): Promise<void> {
    const { isKnown, graceMs, sweepMs } = this.#options;
    const check = checkOf(row);
    const known = await isKnown(check).catch(() => undefined);
    if (this.#rows.get(row.key) !== row) return; // its result came meanwhile
    const now = this.#now();
    if (known === undefined) {
      this.#resting = true;
      this.#due.put(row, now + sweepMs);
    } else if (known) {
      row.missingSince = undefined;
      this.#due.put(row, now + row.timeoutMs + graceMs);
    } else {
      this.#missing(row, check, now);
    }
  }

  #missing(row: Row, check: OutstandingCheck, now: number): void {
    const { drainedSince, deliveryMs, maxDeliveryMs, onLost } = this.#options;
    row.missingSince ??= now;
    const waited = now - row.missingSince;
    const over = waited >= deliveryMs && (waited >= maxDeliveryMs || drainedSince(row.missingSince));
    if (!over) {
      this.#due.put(row, now + deliveryMs);
      return;
    }
    this.#drop(row.key);
    this.lost += 1;
    onLost(check, "the job server does not know the job any more and no result came");
  }
}
