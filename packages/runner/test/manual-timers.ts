import type { RunnerClock } from "../src/index.ts";

/** Timers that fire only when told to, in order of their time. */
export class ManualTimers implements RunnerClock {
  #now = 0;
  readonly #pending: { at: number; callback: () => void }[] = [];

  /** Timers not fired and not cancelled. */
  get pending(): number {
    return this.#pending.length;
  }

  setTimeout(callback: () => void, delayMs: number): { at: number; callback: () => void } {
    const timer = { at: this.#now + delayMs, callback };
    this.#pending.push(timer);
    this.#pending.sort((a, b) => a.at - b.at);
    return timer;
  }

  clearTimeout(timer: { at: number; callback: () => void }): void {
    const index = this.#pending.indexOf(timer);
    if (index >= 0) this.#pending.splice(index, 1);
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (let next = this.#pending[0]; next !== undefined && next.at <= until; next = this.#pending[0]) {
      this.#pending.shift();
      this.#now = next.at;
      next.callback();
    }
    this.#now = until;
  }
}
