import type { QueueClock } from "./result-queue.ts";

/** Whether `promise` resolves within `limitMs`. Rejects as it does. */
export async function within(clock: QueueClock, promise: Promise<void>, limitMs: number): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = clock.setTimeout(() => late.resolve(false), limitMs);
  try {
    return await Promise.race([promise.then(() => true as const), late.promise]);
  } finally {
    clock.clearTimeout(timer as never);
  }
}
