import { printable } from "@mod-gearman/base";

const REPLACEMENT = /\uFFFD/g;

/** Text of a peer for the screen: unsafe characters and invalid UTF-8 become `?`. */
export function safeText(raw: Buffer): string {
  return printable(raw.toString("utf8")).replace(REPLACEMENT, "?");
}
