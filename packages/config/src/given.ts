import { excerpt } from "./excerpt.ts";
import { trimSpace } from "./latin1.ts";
import type { WarningCollector } from "./warning-collector.ts";

/** One place where an option was given. */
export interface Entry {
  /** latin1, trimmed; undefined without `=`. */
  readonly text: string | undefined;
  readonly where: string;
  /** Folder that relative paths in the value start from; undefined: the working directory. */
  readonly folder: string | undefined;
}

/** Everything given for one option, in order. */
export interface Given {
  readonly option: string;
  readonly entries: readonly Entry[];
  readonly warnings: WarningCollector;
}

/** A value that cannot be used. */
export class BadValue extends Error {
  readonly where: string;
  constructor(text: string, where: string) {
    super(text);
    this.where = where;
  }
}

/** A message of a table with the value in it. */
export function fill(message: string | undefined, value: string): string {
  return (message ?? "<value>").replace("<value>", () => excerpt(value));
}

/** The last value given, unless it is empty. */
export function lastText(
  given: Given,
): { text: string; where: string; folder: string | undefined } | undefined {
  const entry = given.entries.findLast((one) => one.text !== undefined);
  return entry?.text ? { text: entry.text, where: entry.where, folder: entry.folder } : undefined;
}

/** Pieces of a comma list over all places, trimmed, without empty ones. */
export function listPieces(entries: readonly Entry[]): { text: string; where: string }[] {
  return entries.flatMap(({ text: whole = "", where }) =>
    whole
      .split(",")
      .map((piece) => ({ text: trimSpace(piece), where }))
      .filter((piece) => piece.text !== ""),
  );
}
