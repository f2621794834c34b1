import { excerpt } from "./excerpt.ts";
import { trimSpace } from "./latin1.ts";
import type { WarningCollector } from "./warning-collector.ts";

export interface Entry {
  /** latin1, trimmed; undefined without `=`. */
  readonly text: string | undefined;
  readonly where: string;
  /** Base of relative paths in the value; undefined: the working directory. */
  readonly folder: string | undefined;
}

export interface Given {
  readonly option: string;
  readonly entries: readonly Entry[];
  readonly warnings: WarningCollector;
}

export class BadValue extends Error {
  readonly where: string;
  constructor(text: string, where: string) {
    super(text);
    this.where = where;
  }
}

/** Puts `value` into a message of a table. */
export function fill(message: string | undefined, value: string): string {
  return (message ?? "<value>").replace("<value>", () => excerpt(value));
}

/** Error for an option without value. */
export const emptyText = (option: string): string => `${option}: the value is empty`;

/** Undefined if the last value is empty. */
export function lastText(
  given: Given,
): { text: string; where: string; folder: string | undefined } | undefined {
  const entry = given.entries.findLast((one) => one.text !== undefined);
  return entry?.text ? { text: entry.text, where: entry.where, folder: entry.folder } : undefined;
}

/** @throws BadValue for an empty value if the rule says so */
export function refuseEmptyText({ refuseEmpty }: { readonly refuseEmpty?: string }, given: Given): void {
  const last = given.entries.findLast((one) => one.text !== undefined);
  if (last?.text === "" && refuseEmpty !== undefined) throw new BadValue(refuseEmpty, last.where);
}

/** Elements of a comma list over all positions, trimmed, without empty ones. */
export function listPieces(entries: readonly Entry[]): { text: string; where: string }[] {
  return entries.flatMap(({ text: whole = "", where }) =>
    whole
      .split(",")
      .map((piece) => ({ text: trimSpace(piece), where }))
      .filter((piece) => piece.text !== ""),
  );
}
