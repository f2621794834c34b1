export const EVENT_WINDOW = 4096;
export const MAX_HELD_RESULT_BYTES = 64 * 1024 * 1024;
/** The shim remembers this many results, so more unanswered ones could be applied twice (docs/bridge-protocol.md). */
export const MAX_RESULT_WINDOW = 8192;
export const RETIRE_MS = 10_000;
export const MAX_FAULT_LENGTH = 2000;
export const AGES = { checkAgeMs: 30_000, handlerAgeMs: 600_000 };
export const AWAY_LOG_EVERY_MS = 30_000; // an unstable server is not logged at every attempt
/** Longest wait at the end for events other than checks that are on no job server yet. */
export const LAST_EVENTS_MS = 5000;
