import { toUtf8 } from "./latin1.ts";

const MAX_QUOTED = 64;
/** An option that lacks its value swallows the next word, which may be the one with the password. */
const SECRET = /((?:key|password)\s*=).+/is;

/** A value short enough to repeat in a message, readable. */
export function excerpt(value: string): string {
  const shown = withoutSecret(value);
  return toUtf8(shown.length > MAX_QUOTED ? `${shown.slice(0, MAX_QUOTED)}...` : shown);
}

/** A value fit to be shown even if a user has mixed up his words. */
export function withoutSecret(value: string): string {
  return value.replace(SECRET, "$1(hidden)");
}
