/**
 * Longest delay of a timer of Node, milliseconds (24.8 days). `setTimeout` fires a longer one after 1 ms, so that a
 * timer that arms itself again fills a log or a processor. Source: Node.js documentation, `setTimeout`.
 */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** Opaque; see {@link startTimer}. */
export type Timer = object;

/**
 * Calls `run` once after `delayMs`. A delay above {@link MAX_TIMER_MS} is waited for in parts.
 *
 * @param delayMs milliseconds; `Infinity` never ends
 */
export function startTimer(run: () => void, delayMs: number): Timer {
  return delayMs > MAX_TIMER_MS ? new LongTimer(run, delayMs) : setTimeout(run, delayMs);
}

/** Stops a timer of {@link startTimer}; one that has fired or was stopped is ignored. */
export function stopTimer(timer: Timer): void {
  if (timer instanceof LongTimer) timer.stop();
  else clearTimeout(timer as NodeJS.Timeout);
}

/** A signal that aborts after `delayMs`; after {@link MAX_TIMER_MS} at the latest. */
export function timeoutSignal(delayMs: number): AbortSignal {
  return AbortSignal.timeout(Math.min(delayMs, MAX_TIMER_MS));
}

class LongTimer {
  readonly #run: () => void;
  #leftMs: number;
  #part: NodeJS.Timeout | undefined;

  constructor(run: () => void, delayMs: number) {
    this.#run = run;
    this.#leftMs = delayMs;
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#part);
  }

  #arm(): void {
    const partMs = Math.min(this.#leftMs, MAX_TIMER_MS);
    this.#leftMs -= partMs;
    this.#part = setTimeout(() => {
      if (this.#leftMs > 0) this.#arm();
      else this.#run();
    }, partMs);
  }
}
