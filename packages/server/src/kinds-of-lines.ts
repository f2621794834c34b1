import { type Logger, type RateLimited, rateLimited } from "@mod-gearman/observe";
import type { ServerClock } from "./core/clock.ts";

const EVERY_MS = 1000;

/**
 * Log lines of which peers decide how often they are due: at most one of a kind per second. The last one of a second says how
 * many were left out, a second later at most.
 */
export class KindsOfLines {
  readonly #logger: Logger;
  readonly #clock: ServerClock;
  readonly #reports = new Map<string, RateLimited>();

  constructor(logger: Logger, clock: ServerClock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  warn(kind: string, text: string): void {
    this.#report(kind, text, "warn");
  }

  error(kind: string, text: string): void {
    this.#report(kind, text, "error");
  }

  /** Logs what was held back; no timer is left. */
  close(): void {
    for (const report of this.#reports.values()) report.flush();
  }

  #report(kind: string, text: string, level: "error" | "warn"): void {
    let report = this.#reports.get(kind);
    if (report === undefined) {
      report = rateLimited(
        (line) => this.#logger[level](line),
        EVERY_MS,
        () => this.#clock.monotonicMs(),
        (run, delayMs) => {
          const timer = this.#clock.setTimeout(run, delayMs);
          return () => this.#clock.clearTimeout(timer);
        },
      );
      this.#reports.set(kind, report);
    }
    report(text);
  }
}
