import { toUtf8 } from "./latin1.ts";

const MAX_QUOTED = 64;
/** An option without its value uses the next word as value, which may be the one with the password. */
const SECRET = /((?:key|password)\s*=).+/is;
/** 32 bytes. Source: envelope-v2.md 9. */
const HEX_SECRET = /[0-9a-f]{64,}/gi;

/** A value for a message: decoded as UTF-8, at most 64 characters and `...`, secrets hidden. */
export function excerpt(value: string): string {
  const shown = withoutSecret(value);
  return toUtf8(shown.length > MAX_QUOTED ? `${shown.slice(0, MAX_QUOTED)}...` : shown);
}

/** A value without the text after `key=` or `password=`, and without secrets of version 2 of the envelope. */
export function withoutSecret(value: string): string {
  return value.replace(SECRET, "$1(hidden)").replace(HEX_SECRET, "(hidden)");
}
