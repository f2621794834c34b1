/** Reads the wall clock at its start and a monotonic clock afterwards, so that durations are not negative. */
export interface Stopwatch {
  /** Microseconds since 1970. */
  readonly startedAt: bigint;
  /** Microseconds since 1970. */
  finishedAt(): bigint;
}

export function startStopwatch(): Stopwatch {
  const startedAt = BigInt(Date.now()) * 1000n;
  const begin = process.hrtime.bigint();
  return { startedAt, finishedAt: () => startedAt + (process.hrtime.bigint() - begin) / 1000n };
}
