/** Passes lines, see {@link rateLimited}. */
export interface RateLimited {
  (text: string): void;
  /** Passes the last line that was held back, with the number of those before it. Ends the timer. */
  flush(): void;
}

/** Calls `run` after `delayMs`, unless the returned function is called before. */
type Later = (run: () => void, delayMs: number) => () => unknown;

/**
 * Passes one line per `everyMs`; the next line that passes carries the number of suppressed ones: `text (+12 similar)`. Use
 * one limiter per kind of message.
 *
 * @param everyMs milliseconds, counted from the last line that passed
 * @param clock milliseconds of a monotonic clock
 * @param later with it suppressed lines are passed on, as one, at the end of `everyMs` although no other one follows: so the
 * numbers of all lines add up
 */
export function rateLimited(
  log: (text: string) => void,
  everyMs: number,
  clock: () => number,
  later: Later = () => () => undefined,
): RateLimited {
  let passedAt: number | undefined;
  let held = 0;
  let last = "";
  let cancel: () => unknown = () => undefined;
  const pass = (text: string, similar: number): void => {
    log(similar === 0 ? text : `${text} (+${similar} similar)`);
    passedAt = clock();
    held = 0;
    cancel();
  };
  const flush = (): void => {
    cancel();
    if (held > 0) pass(last, held - 1);
  };
  const limited = (text: string): void => {
    const since = passedAt === undefined ? everyMs : clock() - passedAt;
    // if the clock is set back nevertheless, the message must not be suppressed until it has caught up
    if (since < 0 || since >= everyMs) {
      pass(text, held);
      return;
    }
    held += 1;
    last = text;
    if (held === 1) cancel = later(flush, everyMs - since);
  };
  return Object.assign(limited, { flush });
}
