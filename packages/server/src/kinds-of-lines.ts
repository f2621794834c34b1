import { type Logger, rateLimited } from "@mod-gearman/observe";
import type { ServerClock } from "./core/clock.ts";

const EVERY_MS = 1000;

/** Log lines of which peers decide how often they are due: at most one of a kind per second. */
export class KindsOfLines {
  readonly #logger: Logger;
  readonly #clock: ServerClock;
  readonly #reports = new Map<string, (text: string) => void>();

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

  #report(kind: string, text: string, level: "error" | "warn"): void {
    let report = this.#reports.get(kind);
    if (report === undefined) {
      report = rateLimited(
        (line) => this.#logger[level](line),
        EVERY_MS,
        () => this.#clock.monotonicMs(),
      );
      this.#reports.set(kind, report);
    }
    report(text);
  }
}
