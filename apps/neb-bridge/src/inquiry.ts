import { type Clock, printAddress, type ServerAddress } from "@mod-gearman/base";
import { checkOf, isFormer, type OutstandingCheck, type Row } from "./check-row.ts";
import { DueBuckets } from "./due-buckets.ts";

/** Why a check is given up. */
export interface Loss {
  readonly why: string;
  /**
   * It is overdue although its server has been there all the time: no result will come. Otherwise it went with its
   * server and can run again.
   */
  readonly isOverdue: boolean;
}

export interface InquiryOptions {
  readonly clock: Clock;
  /** Asks the server that took the job, or all that may have, whether it is there still. Rejects when none can be asked. */
  readonly isKnown: (check: OutstandingCheck) => Promise<boolean>;
  /** Whether there is a core to report to. Without one nothing is asked. */
  readonly mayAsk: () => boolean;
  /**
   * Whether the result queue has been seen empty since this time of the clock: no result waits from before. For a check
   * of a bridge before this one a server that is replaced does not count.
   */
  readonly drainedSince: (ms: number, isFormer: boolean) => boolean;
  /** Whether the server is away while another one takes jobs. */
  readonly isReplaced: (server: ServerAddress) => boolean;
  /** Added to the check's own timeout before it counts as overdue. */
  readonly graceMs: number;
  /** How long a result may be under way after its job has left the server, when the result queue is empty. */
  readonly deliveryMs: number;
  /** The same when the result queue has not been seen empty, and how long a server may be out of reach. */
  readonly maxDeliveryMs: number;
  /** Interval of the sweep. */
  readonly sweepMs: number;
}

/** What an inquiry may do with the checks. */
export interface InquiryActions {
  /** Whether the check still waits for its result. */
  isCurrent(row: Row): boolean;
  /** Puts its job on a server that takes jobs. @returns undefined when it has been lost instead */
  move(row: Row): Promise<void> | undefined;
  lose(row: Row, loss: Loss): void;
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
/** From a result to the completion of its job, which comes over another connection. */
const COMPLETED_MS = 1000;

/**
 * Finds out about checks that are overdue or in doubt, each from the server that took it, and has those moved or given up
 * whose job is gone. The cost of a step does not depend on the number of checks.
 */
export class Inquiry {
  readonly #options: InquiryOptions;
  readonly #actions: InquiryActions;
  readonly #due: DueBuckets<Row>;
  /** By address. Their checks are not asked about one by one: a thousand would take as long as a thousand timeouts. */
  readonly #unreachable = new Map<string, Unreachable>();
  #asking = 0;

  constructor(options: InquiryOptions, actions: InquiryActions) {
    this.#options = options;
    this.#actions = actions;
    this.#due = new DueBuckets(options.sweepMs, options.clock.monotonicMs());
  }

  /** A check was put on its server now. */
  watch(row: Row): void {
    this.#due.put(row, this.#now() + row.timeoutMs + this.#options.graceMs);
  }

  /** The result of a check is refused; its worker completes the job about now. @param row that is in a bucket */
  askSoon(row: Row): void {
    this.#due.remove(row);
    this.#due.put(row, this.#now() + COMPLETED_MS);
  }

  forget(row: Row): void {
    this.#due.remove(row);
  }

  /** The server was lost, or is back: these checks of it are looked at with the next sweep. */
  doubt(server: ServerAddress, rows: Iterable<Row>): void {
    this.#unreachable.delete(printAddress(server));
    this.#due.hurry(rows);
  }

  /** To be called every `sweepMs`. */
  sweep(): void {
    this.#due.advance(this.#now());
    if (this.#options.mayAsk()) this.#probe();
    this.#askMore();
  }

  clear(): void {
    this.#unreachable.clear();
    this.#due.clear();
  }

  /** Whole milliseconds, which need no memory of their own in a row. */
  #now(): number {
    return Math.trunc(this.#options.clock.monotonicMs());
  }

  #askMore(): void {
    // The rest of many that are not asked about waits for the next sweep.
    for (let parked = 0; parked < PARKED_AT_ONCE && this.#asking < ASKED_AT_ONCE; ) {
      const row = this.#options.mayAsk() ? this.#due.next() : undefined;
      if (row === undefined) return;
      // one of a bridge before may be on any server
      if (!isFormer(row) && this.#options.isReplaced(row.server)) this.#move(row);
      else if (this.#unreachable.has(printAddress(row.server))) {
        this.#park(row);
        parked += 1;
      } else if (this.#mayWaitForResult(row)) {
        this.#due.put(row, this.#now() + this.#options.deliveryMs);
        parked += 1;
      } else this.#ask(row);
    }
  }

  /** One question to each server that could not be asked; checks that have waited there for too long are given up. */
  #probe(): void {
    for (const [address, one] of this.#unreachable) {
      this.#giveUp(one.waiting);
      const [first] = one.waiting;
      if (first !== undefined && this.#options.isReplaced(first.server)) {
        this.#unreachable.delete(address);
        this.#due.hurryBucket(one.waiting);
        continue;
      }
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
      const why = `its job server ${printAddress(row.server)} could not be asked for ${seconds} s`;
      this.#actions.lose(row, { why, isOverdue: false });
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
    if (known !== undefined) this.#reached(row.server);
    else this.#notReached(row.server);
    if (!this.#actions.isCurrent(row)) return; // its result came meanwhile
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
    row.doubted = false;
    if (row.isForfeit) this.#due.put(row, this.#now() + this.#options.graceMs);
    else this.watch(row);
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
    row.bucket = waiting;
  }

  #missing(row: Row): void {
    const { deliveryMs } = this.#options;
    if (row.isForfeit) {
      this.#move(row);
      return;
    }
    const now = this.#now();
    row.missingSince ??= now;
    if (now - row.missingSince < deliveryMs || this.#mayWaitForResult(row))
      this.#due.put(row, now + deliveryMs);
    else if (row.doubted) this.#move(row);
    else {
      const why = "the job server does not know the job any more and no result came";
      this.#actions.lose(row, { why, isOverdue: true });
    }
  }

  /** The job was on no server, and its result may be in the result queue still: asking again would say nothing new. */
  #mayWaitForResult(row: Row): boolean {
    const { drainedSince, maxDeliveryMs } = this.#options;
    const { missingSince } = row;
    if (missingSince === undefined || row.isForfeit) return false;
    return this.#now() - missingSince < maxDeliveryMs && !drainedSince(missingSince, isFormer(row));
  }

  #move(row: Row): void {
    const moving = this.#actions.move(row);
    if (moving === undefined) return;
    this.#asking += 1;
    void moving
      .catch(() => {
        if (this.#actions.isCurrent(row)) this.#due.put(row, this.#now() + this.#options.sweepMs);
      })
      .finally(() => {
        this.#asking -= 1;
        this.#askMore();
      });
  }
}
