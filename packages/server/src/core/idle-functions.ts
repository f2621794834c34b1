import type { ServerClock, Timer } from "./clock.ts";
import type { JobFunction } from "./entities.ts";
import type { FunctionTable } from "./function-table.ts";
import type { Steps } from "./steps.ts";

/** Rounds without use after which a function is dropped: after 1 to 1.25 times the configured time. */
const ROUNDS = 4;

/**
 * Drops functions without jobs and workers that no client has used for some time. Those limited by `maxqueue`
 * and those that are paused stay, as that would be lost.
 */
export class IdleFunctions {
  readonly #functions: FunctionTable;
  readonly #clock: ServerClock;
  readonly #roundMs: number;
  readonly #pursue: (steps: Steps) => void;
  #timer: Timer | undefined;
  #isClosed = false;

  /** @param pursue performs the steps of a round, in slices */
  constructor(
    functions: FunctionTable,
    clock: ServerClock,
    options: { readonly afterMs: number; pursue(steps: Steps): void },
  ) {
    this.#functions = functions;
    this.#clock = clock;
    this.#roundMs = Math.ceil(options.afterMs / ROUNDS);
    this.#pursue = (steps) => options.pursue(steps);
  }

  start(): void {
    if (this.#isClosed) return;
    this.#timer = this.#clock.setTimeout(() => this.#pursue(this.#round()), this.#roundMs);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
  }

  *#round(): Steps {
    for (const one of this.#functions) {
      if (isIdle(one)) one.idleRounds += 1;
      else one.idleRounds = 0;
      one.wasUsed = false;
      if (one.idleRounds >= ROUNDS) this.#functions.deleteUnused(one);
      yield;
    }
    this.start();
  }
}

function isIdle(one: JobFunction): boolean {
  return (
    !one.wasUsed && one.total === 0 && one.workers.size === 0 && !one.isLimited && one.pause === undefined
  );
}
