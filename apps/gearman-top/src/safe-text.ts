import { printable } from "@mod-gearman/base";

const REPLACEMENT = /\uFFFD/g;

/** Bytes of a peer for the screen: unsafe characters, and bytes that are not UTF-8, become `?`. */
export function safeText(raw: Buffer): string {
  return printable(raw.toString("utf8")).replace(REPLACEMENT, "?");
}
