import { parseMicros } from "@mod-gearman/payload";
import { excerpt } from "./excerpt.ts";
import { BadValue, fill, type Given, lastText } from "./given.ts";
import { lowerCase, toBytes } from "./latin1.ts";
import type { NumberRule, OptionMeta, SizeRule } from "./option-row.ts";

type Last = NonNullable<ReturnType<typeof lastText>>;

/** @throws BadValue */
export function readNumber(rule: NumberRule & Pick<OptionMeta, "unit">, given: Given): number | undefined {
  if (rule.offUnlessGiven === true && given.entries.length === 0) return undefined;
  const last = lastText(given);
  return last === undefined ? rule.initial : boundedNumber(rule, given, last);
}

function boundedNumber(
  rule: NumberRule & Pick<OptionMeta, "unit">,
  given: Given,
  last: Last,
): number | undefined {
  const exact = parseNumber(last.text);
  if (exact === undefined) return notANumber(rule, given, last);
  const { min, low = min, max, high = max } = rule;
  const value = rule.fraction === true ? exact : Math.trunc(exact);
  if (value >= min && value <= max) return value;
  const used = value < min ? low : high;
  reportReplaced(rule, given, last, { isAbove: exact > used, isBelow: value < min, used });
  return used;
}

/** @throws BadValue */
function reportReplaced(
  rule: NumberRule & Pick<OptionMeta, "unit">,
  { option, warnings }: Given,
  { text, where }: Last,
  { isAbove, isBelow, used }: { isAbove: boolean; isBelow: boolean; used: number },
): void {
  if (rule.refuse !== undefined) throw new BadValue(`${option}: ${rule.refuse}`, where);
  const complaint = isBelow ? (rule.complainBelow ?? rule.complain) : rule.complain;
  if (isAbove && rule.unit !== undefined)
    warnings.add("warn", `${option}: ${excerpt(text)} ${rule.unit} are too many, using ${used}`, where);
  else if (complaint !== undefined) warnings.add("warn", fill(complaint, text), where);
}

function notANumber(
  rule: NumberRule,
  { option, warnings }: Given,
  { text, where }: Last,
): number | undefined {
  const complaint = `${option}: '${excerpt(text)}' is not a number`;
  if (rule.strict === true) throw new BadValue(complaint, where);
  warnings.add("warn", `${complaint}, using ${rule.initial}`, where);
  return rule.initial;
}

/** Decimal number with optional sign and fraction; `undefined` for any other text. */
function parseNumber(text: string): number | undefined {
  return /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text) ? Number(text) : undefined;
}

/** Letters after a size, each 1024 times the previous one. */
const UNITS = ["", "K", "M", "G"];

/** @throws BadValue */
export function readSize(rule: SizeRule, given: Given): number {
  const last = lastText(given);
  if (last === undefined) return parseSize(rule.initial) ?? 0;
  const value = parseSize(last.text);
  if (value !== undefined && (value >= rule.min || (value === 0 && rule.mayBeOff === true))) return value;
  const what = value === undefined ? "is not a size such as 64M" : `is less than ${rule.min} bytes`;
  throw new BadValue(`${given.option}: '${excerpt(last.text)}' ${what}`, last.where);
}

/** Bytes; `undefined` for text that is not a size or not exact in a double. */
function parseSize(text: string): number | undefined {
  if (lowerCase(text) === "off") return 0;
  const [, digits, unit = ""] = /^([0-9]{1,16})([KMG])?i?B?$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const bytes = Number(digits) * 1024 ** UNITS.indexOf(unit.toUpperCase());
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$/;

export function readMicros(given: Given): bigint | undefined {
  const last = lastText(given);
  if (last === undefined) return undefined;
  if (DECIMAL.test(last.text)) return parseMicros(toBytes(last.text));
  given.warnings.add("warn", `${given.option}: '${excerpt(last.text)}' is not a number, using 0`, last.where);
  return 0n;
}

/** @throws BadValue */
export function readState({ option, entries, warnings }: Given): number {
  const last = entries.at(-1);
  if (last?.text === undefined) return 0;
  // an unset variable must not be reported as OK
  if (last.text === "") throw new BadValue(`${option}: the value is empty`, last.where);
  const [, digits] = /^([+-]?[0-9]+)/.exec(last.text) ?? [];
  if (digits === undefined) {
    warnings.add("warn", `${option}: '${excerpt(last.text)}' is not a number, using 0`, last.where);
    return 0;
  }
  if (!/^\+?0*[0-3]$/.test(digits)) throw new BadValue(`${option} must be 0, 1, 2 or 3`, last.where);
  return Number(digits);
}
