import type { Clock, Timer } from "@mod-gearman/client";

/** A check that is on a job server and whose result has not come yet. */
export interface OutstandingCheck {
  readonly hostName: Buffer;
  readonly serviceDescription: Buffer | undefined;
  /** Unique key of the job; empty when the site works without them. */
  readonly unique: Buffer;
  readonly handle: Buffer;
  readonly timeoutMs: number;
}

export interface OutstandingOptions {
  readonly clock: Clock;
  /** Asks the job server whether the job still exists. Rejects when no server can be asked. */
  readonly isKnown: (check: OutstandingCheck) => Promise<boolean>;
  readonly onLost: (check: OutstandingCheck, why: string) => void;
  /** Added to the check's own timeout before it counts as overdue. */
  readonly graceMs: number;
  /** How long a result may be under way after its job has left the server. */
  readonly deliveryMs: number;
  /** How often the table is looked through. */
  readonly sweepMs: number;
  /** More checks than this are not watched; counted in `unwatched`. */
  readonly maxChecks: number;
}

interface Row {
  readonly check: OutstandingCheck;
  readonly acceptedAt: number;
  dueAt: number;
  /** Set when the job server did not know the job. */
  missingSince: number | undefined;
  asking: boolean;
}

const ASKED_AT_ONCE = 200;

/** One text for one object; NUL cannot occur in a name. */
export function objectKey(hostName: Buffer, serviceDescription: Buffer | undefined): string {
  const host = hostName.toString("latin1");
  return serviceDescription === undefined ? host : `${host}\0${serviceDescription.toString("latin1")}`;
}

/**
 * Remembers each accepted check until its result comes, so that a job that vanished with its job server
 * does not leave a check "executing" for ever.
 */
export class OutstandingChecks {
  readonly #options: OutstandingOptions;
  readonly #rows = new Map<string, Row>();
  readonly #byUnique = new Map<string, string>();
  #timer: Timer | undefined;
  unwatched = 0;
  lost = 0;

  constructor(options: OutstandingOptions) {
    this.#options = options;
    this.#arm();
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Whether a watched job of *another* object carries this unique key. */
  isTaken(unique: string, key: string): boolean {
    const owner = this.#byUnique.get(unique);
    return owner !== undefined && owner !== key;
  }

  add(check: OutstandingCheck): void {
    const key = objectKey(check.hostName, check.serviceDescription);
    if (this.#rows.size >= this.#options.maxChecks && !this.#rows.has(key)) {
      this.unwatched += 1;
      return;
    }
    const acceptedAt = this.#options.clock.now();
    const dueAt = acceptedAt + check.timeoutMs + this.#options.graceMs;
    this.#rows.set(key, { check, acceptedAt, dueAt, missingSince: undefined, asking: false });
    if (check.unique.length > 0) this.#byUnique.set(check.unique.toString("latin1"), key);
  }

  /**
   * Its result arrived.
   *
   * @returns milliseconds since its job was accepted; undefined when no such check was under way
   */
  remove(hostName: Buffer, serviceDescription: Buffer | undefined): number | undefined {
    const key = objectKey(hostName, serviceDescription);
    const row = this.#rows.get(key);
    this.#drop(key);
    return row === undefined ? undefined : this.#options.clock.now() - row.acceptedAt;
  }

  /** The connection to the job server was lost and is back: every job put there before is in doubt. */
  doubtAll(): void {
    const now = this.#options.clock.now();
    for (const row of this.#rows.values()) row.dueAt = Math.min(row.dueAt, now);
  }

  close(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#rows.clear();
    this.#byUnique.clear();
  }

  #drop(key: string): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.delete(key);
    const unique = row.check.unique.toString("latin1");
    if (this.#byUnique.get(unique) === key) this.#byUnique.delete(unique);
  }

  #arm(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#sweep();
      this.#arm();
    }, this.#options.sweepMs);
  }

  #sweep(): void {
    const now = this.#options.clock.now();
    let asked = 0;
    for (const [key, row] of this.#rows) {
      if (row.asking || row.dueAt > now) continue;
      if (asked >= ASKED_AT_ONCE) return; // the rest is due at the next sweep as well
      asked += 1;
      row.asking = true;
      this.#ask(key, row).catch(() => undefined);
    }
  }

  async #ask(key: string, row: Row): Promise<void> {
    const { clock, isKnown, onLost, deliveryMs, graceMs } = this.#options;
    let known: boolean;
    try {
      known = await isKnown(row.check);
    } catch {
      row.asking = false; // nobody to ask; the next sweep tries again
      return;
    }
    row.asking = false;
    if (this.#rows.get(key) !== row) return; // its result came meanwhile
    const now = clock.now();
    if (known) {
      row.missingSince = undefined;
      row.dueAt = now + row.check.timeoutMs + graceMs;
    } else if (row.missingSince === undefined) {
      row.missingSince = now;
      row.dueAt = now + deliveryMs;
    } else {
      this.#drop(key);
      this.lost += 1;
      onLost(row.check, "the job server does not know the job any more and no result came");
    }
  }
}
