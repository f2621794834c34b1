import { posix } from "node:path";
import { excerpt } from "./excerpt.ts";
import { BadValue, fill, type Given, lastText, refuseEmptyText } from "./given.ts";
import { lowerCase, toBytes, toUtf8 } from "./latin1.ts";
import type { BytesRule, PathRule, TextRule, TextsRule, WordRule } from "./option-row.ts";
import { parseYesNo } from "./read-switch.ts";

const CONTROLS: Readonly<Record<string, string>> = { "\\t": "\t", "\\r": "\r", "\\n": "\n" };

/** @throws BadValue */
export function readText(rule: TextRule, given: Given): string | undefined {
  const last = lastText(given);
  if (last === undefined) return rule.initial;
  if (last.text === rule.placeholder) return undefined;
  if (rule.pattern !== undefined && !new RegExp(rule.pattern).test(last.text))
    throw new BadValue(fill(rule.refuse, last.text), last.where);
  return toUtf8(last.text);
}

export function readPath(rule: PathRule, given: Given): string | false | undefined {
  refuseEmptyText(rule, given);
  const last = lastText(given);
  if (last === undefined) return undefined;
  if (rule.mayBeOff === true && parseYesNo(last.text) === false) return false;
  return fromFolder(last.folder, toUtf8(last.text));
}

/** Resolves `relative` against `folder`; unchanged if absolute or without a folder. */
export function fromFolder(folder: string | undefined, relative: string): string {
  return folder === undefined || posix.isAbsolute(relative) ? relative : posix.join(folder, relative);
}

/** @throws BadValue */
export function readBytes(rule: BytesRule & { readonly empty?: "value" }, given: Given): Buffer | undefined {
  const { initial, maxBytes, refuse, refuseEmpty, forbidden, escapes } = rule;
  const last = given.entries.findLast((entry) => entry.text !== undefined);
  const where = last?.where ?? "";
  if (last?.text === "" && refuseEmpty !== undefined) throw new BadValue(refuseEmpty, where);
  const isGiven = rule.empty === "value" ? last?.text !== undefined : Boolean(last?.text);
  const text = isGiven ? last?.text : initial;
  if (text === undefined) return undefined;
  if (forbidden !== undefined && [...forbidden.characters].some((one) => text.includes(one)))
    throw new BadValue(forbidden.text, where);
  if (maxBytes !== undefined && text.length > maxBytes) throw new BadValue(fill(refuse, text), where);
  return toBytes(escapes === undefined || !text.includes("\\") ? text : unescaped(text, escapes));
}

function unescaped(text: string, letters: string): string {
  return text.replace(new RegExp(`\\\\[${letters}]`, "g"), (pair) => CONTROLS[pair] ?? pair);
}

/** @throws BadValue */
export function readWord(rule: WordRule, given: Given): string | undefined {
  refuseEmptyText(rule, given);
  const last = lastText(given);
  if (last === undefined) return rule.initial;
  const wanted = rule.anyCase === true ? lowerCase(last.text) : last.text;
  if (rule.words.includes(wanted)) return wanted;
  const refuse = rule.refusals?.[wanted] ?? rule.refuse;
  if (refuse !== undefined) throw new BadValue(fill(refuse, last.text), last.where);
  given.warnings.add("warn", fill(rule.complain, last.text), last.where);
  return rule.initial;
}

/** @throws BadValue */
export function readTexts(rule: TextsRule, given: Given): string[] {
  if (rule.compile === true) {
    for (const { text = "", where } of given.entries) {
      try {
        new RegExp(toUtf8(text));
      } catch {
        throw new BadValue(`${given.option}: '${excerpt(text)}' is not a regular expression`, where);
      }
    }
  }
  return given.entries.flatMap(({ text }) => (text ? [toUtf8(text)] : []));
}
