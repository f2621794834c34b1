import { hash } from "node:crypto";

const SOURCE_BYTES = 1023;

/**
 * Unique key of a job: MD5 of the first 1023 bytes of `text` as 32 upper-case hex digits. For a host check `text`
 * is the host name, for a service check host name, `-`, service description. It need not be secret.
 * Source: wire-format.md 5.2.
 */
export function uniqueKey(text: Buffer): string {
  return hash("md5", text.subarray(0, SOURCE_BYTES), "hex").toUpperCase();
}
