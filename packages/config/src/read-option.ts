import { BadValue, emptyText, type Given, listPieces } from "./given.ts";
import type { NoEffect, OptionRow } from "./option-row.ts";
import { readExports, readPerfdata } from "./read-module.ts";
import { readGroups, readServers } from "./read-names.ts";
import { readMicros, readNumber, readSize, readState } from "./read-number.ts";
import { readYesNo } from "./read-switch.ts";
import { readBytes, readPath, readText, readTexts, readWord } from "./read-text.ts";

/** `where` of the arguments on the `broker_module=` line. */
export const MODULE_LINE = "module arguments";
/** Start of `where` of a setting from the environment. */
const VARIABLE = "environment ";

/**
 * The value of an option from all its settings; undefined without settings and default.
 *
 * @throws BadValue
 */
export function readOption(row: OptionRow, given: Given): unknown {
  const { option, entries, warnings } = given;
  if (row.moduleLineOnly === true) {
    const text = `${option} has no effect here: the module reads it from its broker_module line only`;
    for (const { where } of entries) if (where !== MODULE_LINE) warnings.advise("warn", text, where);
  }
  if (row.protects !== undefined && row.kind !== "flag") refuseUnset(row, given);
  const value = readValue(row, given);
  const where = entries.at(-1)?.where;
  if (row.noEffect !== undefined && where !== undefined) adviseNoEffect(row.noEffect, value, given, where);
  return value;
}

/** @throws BadValue for an option that is given without any value */
function refuseUnset({ list, protects }: OptionRow, { option, entries }: Given): void {
  const last = entries.at(-1);
  if (last === undefined) return;
  const isVariable = last.where.startsWith(VARIABLE);
  const isUnset = list === true ? listPieces(entries).length === 0 : !last.text;
  if (isUnset && (isVariable || protects === "everywhere"))
    throw new BadValue(emptyText(isVariable ? last.where : option), last.where);
}

function adviseNoEffect(rule: NoEffect, value: unknown, { option, warnings }: Given, where: string): void {
  const { why, metBy, isForGood = false } = rule;
  const isMet = metBy === "none" ? Array.isArray(value) && value.length === 0 : value === metBy;
  if (metBy !== undefined && isMet) return;
  const text = isForGood ? "no effect" : "no effect in this release";
  warnings.advise(isForGood ? "info" : "warn", `${option} has ${text}: ${why}`, where);
}

/** @throws BadValue */
function readValue(row: OptionRow, given: Given): unknown {
  switch (row.kind) {
    case "flag":
      return given.entries.length > 0;
    case "times":
      return given.entries.length;
    case "unused":
      return undefined;
    case "yesNo":
      return readYesNo(row, given);
    case "number":
      return readNumber(row, given);
    case "size":
      return readSize(row, given);
    case "word":
      return readWord(row, given);
    case "text":
      return readText(row, given);
    case "path":
      return readPath(row, given);
    case "bytes":
      return readBytes(row, given);
    case "texts":
      return readTexts(row, given);
    case "servers":
      return readServers(row, given);
    case "groups":
      return readGroups(row, given);
    case "micros":
      return readMicros(given);
    case "state":
      return readState(given);
    case "perfdata":
      return readPerfdata(given);
    case "exports":
      return readExports(given);
  }
}
