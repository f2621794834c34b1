import { isUtf8 } from "node:buffer";

/** Text for a name of bytes, a latin1 string, mostly UTF-8; bytes of others are shown as `\xff` where they are not ASCII. */
export function labelOf(name: string): string {
  const bytes = Buffer.from(name, "latin1");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  return name.replace(/[\u0080-\u00ff]/g, (one) => `\\x${one.charCodeAt(0).toString(16)}`);
}
