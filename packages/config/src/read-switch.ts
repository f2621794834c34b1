import { excerpt } from "./excerpt.ts";
import { BadValue, fill, type Given, lastText } from "./given.ts";
import { lowerCase } from "./latin1.ts";
import type { YesNoRule } from "./option-row.ts";

const YES = new Set(["yes", "on", "true", "1"]);
const NO = new Set(["no", "off", "false", "0"]);

/** `true`, `false`, or `undefined` for any other word; case is ignored. */
export function parseYesNo(text: string): boolean | undefined {
  const word = lowerCase(text);
  if (YES.has(word)) return true;
  return NO.has(word) ? false : undefined;
}

/** @throws BadValue */
export function readYesNo(rule: YesNoRule, given: Given): boolean | undefined {
  const last = rule.refuse === undefined ? given.entries.at(-1) : lastText(given);
  if (last === undefined) return rule.initial;
  if (last.text === undefined) return rule.whenBare;
  const value = parseYesNo(last.text);
  if (value !== undefined) return value;
  if (rule.refuse !== undefined) throw new BadValue(fill(rule.refuse, last.text), last.where);
  const used = rule.whenUnknown === true ? "yes" : "no";
  const text = `${given.option}: '${excerpt(last.text)}' is neither yes nor no, using ${used}`;
  given.warnings.add("warn", text, last.where);
  return rule.whenUnknown;
}
