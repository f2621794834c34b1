import { constants } from "node:os";
import { type Alarm, startAlarm, type TimerClock } from "./alarm.ts";

const { SIGTERM, SIGINT, SIGKILL } = constants.signals;

/** One rung: `signal` goes to the group `delayMs` after the rung before. */
export interface Rung {
  readonly signal: number;
  readonly delayMs: number;
}

/** After the job's timeout: TERM at once, INT a second later, KILL another second later (worker.md 4.4). */
export const TIMEOUT_LADDER: readonly Rung[] = [
  { signal: SIGTERM, delayMs: 0 },
  { signal: SIGINT, delayMs: 1000 },
  { signal: SIGKILL, delayMs: 1000 },
];

/** At the end of the worker: TERM, one second, KILL (worker.md 8.5). */
export const ABORT_LADDER: readonly Rung[] = [
  { signal: SIGTERM, delayMs: 0 },
  { signal: SIGKILL, delayMs: 1000 },
];

/** Kills a process group step by step and stops as soon as the group is empty. */
export class KillLadder {
  readonly #kill: (signal: number) => boolean;
  readonly #clock: TimerClock;
  readonly #onTop: () => void;
  #rungs: readonly Rung[];
  #alarm: Alarm | undefined;
  #done = false;
  readonly finished: Promise<void>;
  #finish: () => void = () => undefined;

  /** `onTop` is called once the last rung was used or the group was found empty. */
  constructor(options: {
    kill: (signal: number) => boolean;
    rungs: readonly Rung[];
    clock: TimerClock;
    onTop: () => void;
  }) {
    this.#kill = options.kill;
    this.#rungs = options.rungs;
    this.#clock = options.clock;
    this.#onTop = options.onTop;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Uses the first rung now. */
  start(): this {
    this.#climb();
    return this;
  }

  /** Ends if the group is empty. */
  check(): void {
    if (!this.#done && !this.#kill(0)) this.#end();
  }

  /** Skips the remaining rungs except the last one, and uses that now. */
  hurry(): void {
    if (this.#done) return;
    this.#alarm?.cancel();
    this.#rungs = this.#rungs.slice(-1);
    this.#use();
  }

  #climb(): void {
    const next = this.#rungs[0];
    if (next === undefined) this.#end();
    else if (next.delayMs === 0) this.#use();
    else this.#alarm = startAlarm(this.#clock, () => this.#use(), next.delayMs);
  }

  #use(): void {
    const [rung, ...rest] = this.#rungs;
    this.#rungs = rest;
    if (rung !== undefined && !this.#kill(rung.signal)) this.#end();
    else this.#climb();
  }

  #end(): void {
    if (this.#done) return;
    this.#done = true;
    this.#alarm?.cancel();
    this.#onTop();
    this.#finish();
  }
}
