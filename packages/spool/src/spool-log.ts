import { hrtime } from "node:process";

/** Gets one line for each problem, never a record. */
export interface SpoolLogger {
  warn(text: string): void;
}

const LOG_EVERY_MS = 60_000;

/** Log lines of a spool, those that may come with every record at most once a minute. Internal to the package. */
export class SpoolLog {
  readonly #logger: SpoolLogger | undefined;
  readonly #clock: () => number;
  #quietUntil = 0;
  #refusals = 0;

  /** @param clock monotonic milliseconds */
  constructor(logger: SpoolLogger | undefined, clock: () => number = monotonicMs) {
    this.#logger = logger;
    this.#clock = clock;
  }

  warn(text: string): void {
    this.#logger?.warn(text);
  }

  /** A line about a refused record. */
  refused(text: string): void {
    this.#refusals++;
    this.limited(text);
  }

  /** At most one line a minute, with the number of refusals since the last one. */
  limited(text: string): void {
    const now = this.#clock();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + LOG_EVERY_MS;
    const more = this.#refusals > 1 ? ` (${this.#refusals} not kept since the last line)` : "";
    this.#refusals = 0;
    this.warn(`${text}${more}`);
  }
}

/** Without `performance`, whose module takes 2 ms to load at the start of a sender. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
