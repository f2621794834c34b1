import type { Micros } from "@mod-gearman/payload";

import type { Row } from "./check-row.ts";

/** The times of a row are whole milliseconds. */
const ROUNDING_MS = 3;

/**
 * The latency of a check is at most its whole way by the monotonic clock. The clocks of core and worker do not count: one that was
 * set while the check was under way would make hours of it. Source: neb-module.md 3.3.
 *
 * @param nowMs of the monotonic clock, when its result has come
 */
export function boundLatency(latency: Micros, row: Row, nowMs: number): Micros {
  const wayMs = row.plannedBeforeMs + Math.trunc(nowMs) - row.acceptedAt + ROUNDING_MS;
  const most = BigInt(wayMs) * 1000n;
  return latency > most ? most : latency;
}
