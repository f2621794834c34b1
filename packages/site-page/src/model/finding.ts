import type { Finding } from "./snapshot.ts";

/** What happened this long ago is taken as mended. */
const RECENT_SECONDS = 600;

export function finding(
  code: Finding["code"],
  level: Finding["level"],
  text: string,
  advice: string,
  link: string,
): Finding {
  return { code, level, text, advice, link };
}

/**
 * @param count since the start; null: not known
 * @param seconds time since the last one; null: not known
 */
export function isRecent(
  count: number | null,
  seconds: number | null,
  withinSeconds: number = RECENT_SECONDS,
): boolean {
  return count !== null && count > 0 && (seconds ?? 0) < withinSeconds;
}
