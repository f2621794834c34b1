import { isUtf8 } from "node:buffer";

/** Characters that do something to the text around them: controls, and those that turn or hide text. */
const ACTIVE = /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/**
 * Text for a name of bytes, a latin1 string, mostly UTF-8. Bytes of others are shown as `\xff` where they are not ASCII, characters that would
 * change what stands beside them as `\u202e`.
 */
export function labelOf(name: string): string {
  const bytes = Buffer.from(name, "latin1");
  const text = isUtf8(bytes)
    ? bytes.toString("utf8")
    : name.replace(/[\u0080-\u00ff]/g, (one) => `\\x${one.charCodeAt(0).toString(16)}`);
  return text.replace(ACTIVE, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
