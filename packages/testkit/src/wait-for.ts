import { type EventEmitter, once } from "node:events";
import { TestkitError } from "./errors.ts";

const LOOK_EVERY_MS = 5;
const DEFAULT_LIMIT_MS = 45_000;

/**
 * The arguments of the next `event`, optionally of the first one accepted by `where`.
 *
 * @throws TestkitError TIMEOUT after `limitMs`, so that a broken test ends with a useful text
 */
export async function waitForEvent(
  emitter: EventEmitter,
  event: string,
  where: (...args: unknown[]) => boolean = () => true,
  limitMs: number = DEFAULT_LIMIT_MS,
): Promise<unknown[]> {
  const signal = AbortSignal.timeout(limitMs);
  try {
    for (;;) {
      const args: unknown[] = await once(emitter, event, { signal });
      if (where(...args)) return args;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new TestkitError("TIMEOUT", `no event ${event} within ${limitMs} ms`, { cause: error });
  }
}

/**
 * Waits until `isTrue` returns a value that is neither false nor undefined. For states of other processes, which send
 * no event; for events use {@link waitForEvent}.
 *
 * @throws TestkitError TIMEOUT after `limitMs`, naming `what`
 * @returns that value
 */
export async function waitFor<T>(
  what: string,
  isTrue: () => T | false | undefined | Promise<T | false | undefined>,
  limitMs: number = DEFAULT_LIMIT_MS,
): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const value = await isTrue();
    if (value !== false && value !== undefined) return value;
    if (performance.now() > endMs) throw new TestkitError("TIMEOUT", `${what} not seen within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
