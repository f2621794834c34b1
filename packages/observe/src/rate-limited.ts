/**
 * Passes one line per `everyMs`; the next line that passes carries the number of suppressed ones: `text (+12 similar)`. Use
 * one limiter per kind of message.
 *
 * @param everyMs milliseconds, counted from the last line that passed
 * @param clock milliseconds of a monotonic clock
 */
export function rateLimited(
  log: (text: string) => void,
  everyMs: number,
  clock: () => number,
): (text: string) => void {
  let passedAt: number | undefined;
  let held = 0;
  return (text) => {
    const now = clock();
    const since = passedAt === undefined ? everyMs : now - passedAt;
    // if the clock is set back nevertheless, the message must not be suppressed until it has caught up
    if (since >= 0 && since < everyMs) {
      held += 1;
      return;
    }
    log(held === 0 ? text : `${text} (+${held} similar)`);
    passedAt = now;
    held = 0;
  };
}
