import { excerpt } from "./excerpt.ts";
import { trimSpace } from "./latin1.ts";
import type { OptionMeta } from "./option-row.ts";

/*
 * `#` in a value of a file: module, bridge and senders end the line there, as the programs in C do; the worker takes it for
 * a part of the value, as the worker in Go does. One file may serve all of them.
 */

/** A value that contains `#`, as read by both kinds of programs. */
export interface HashValue {
  readonly whole: string;
  /** Up to the `#`. */
  readonly cut: string;
}

/** Both readings of the text after the `=` of a line; `undefined` without `#`. */
export function hashValue(value: string): HashValue | undefined {
  const at = value.indexOf("#");
  return at === -1 ? undefined : { whole: trimSpace(value), cut: trimSpace(value.slice(0, at)) };
}

/** A `#` that most readers treat as the start of a comment. */
const COMMENT = /(?:^|[ \t])#/;

/**
 * Warning about such a value: for any `#` in keys and names, else only if the `#` looks like a comment.
 *
 * @param meta absent for options of other programs
 * @param isCut true if this program ends the line at `#`
 */
export function hashWarning(
  option: string,
  { whole, cut }: HashValue,
  meta: Pick<OptionMeta, "secret" | "isName"> | undefined,
  isCut: boolean,
): string | undefined {
  const isSecret = meta?.secret === true;
  if (!isSecret && meta?.isName !== true && !COMMENT.test(whole)) return undefined;
  const shown = (text: string) => (isSecret ? `${text.length} bytes` : `'${excerpt(text)}'`);
  const where = isSecret ? `'#' at byte ${whole.indexOf("#") + 1}` : "'#'";
  return isCut
    ? `${option}: the line ends at ${where}: this program takes ${shown(cut)}, the worker takes ${shown(whole)}`
    : `${option}: ${where} is part of the value: this program takes ${shown(whole)}; module, bridge, send_gearman and ` +
        `send_multi end the line there and take ${shown(cut)}`;
}

/** Warning about `#` in a key among the arguments, which all programs use completely. `undefined` without `#`. */
export function hashInArgument(option: string, key: string): string | undefined {
  const at = key.indexOf("#");
  if (at === -1) return undefined;
  return (
    `${option}: '#' at byte ${at + 1} is part of the value here (${key.length} bytes); in a file module, bridge, ` +
    `send_gearman and send_multi end the line there and take ${trimSpace(key.slice(0, at)).length} bytes`
  );
}
