import { excerpt } from "./excerpt.ts";
import { type About, BadValue, type Field, type FieldMeta, field, lastText } from "./fields.ts";
import type { Given } from "./given.ts";
import { lowerCase } from "./latin1.ts";

const YES = new Set(["yes", "on", "true", "1"]);
const NO = new Set(["no", "off", "false", "0"]);

/** `true`, `false`, or `undefined` for any other word; case does not matter. */
export function parseYesNo(text: string): boolean | undefined {
  const word = lowerCase(text);
  if (YES.has(word)) return true;
  return NO.has(word) ? false : undefined;
}

/**
 * A switch. `initial` holds when it is not given, `bare` when it stands without a value, `other` when the value is
 * none of the known words (with a warning).
 */
export function yesNo(
  initial: boolean,
  rule: { bare: boolean; other: boolean },
  about: About,
): Field<boolean> {
  const facts: About = {
    argument: "yes|no",
    default: initial ? "yes" : "no",
    bare: true,
    empty: "value",
    ...about,
  };
  return field(facts, (given) => {
    const last = given.entries.at(-1);
    if (last === undefined) return initial;
    if (last.text === undefined) return rule.bare;
    const value = parseYesNo(last.text);
    if (value === undefined) {
      const used = rule.other ? "yes" : "no";
      given.warnings.add(
        "warn",
        `${given.option}: '${excerpt(last.text)}' is neither yes nor no, using ${used}`,
        last.where,
      );
    }
    return value ?? rule.other;
  });
}

/** Rule for a number. */
export interface NumberRule {
  readonly initial: number;
  /** Lowest usable value; `low` (default: itself) replaces what is below. */
  readonly min: number;
  readonly low?: number;
  /** Highest usable value; default 2147483647. `high` (default: itself) replaces what is above. */
  readonly max?: number;
  readonly high?: number;
  /** Text of the warning about a value out of range; without it the value is replaced silently. */
  readonly complain?: (text: string) => string;
  /** A value out of range is an error with this text instead. */
  readonly refuse?: string;
  /** Whether fractions count; else they are cut off. */
  readonly fraction?: boolean;
  /** Text that is no number is an error, else it is warned about and leaves `initial`. */
  readonly strict: boolean;
}

/**
 * Bound of every number that has no other, durations included: the `int` of the originals, which cannot hold more. Timers
 * take any duration up to it (`startTimer` of packages/base).
 */
const MAX_NUMBER = 2_147_483_647;

/** A time in `unit`. One above its bound is replaced by the bound, with a warning, unless the rule refuses it. */
export function duration(
  unit: NonNullable<FieldMeta["unit"]>,
  rule: NumberRule,
  about: About,
): Field<number> {
  return number(rule, { ...about, unit });
}

/** A number with bounds. */
export function number(rule: NumberRule, about: About): Field<number> {
  return field({ argument: "NUMBER", default: String(rule.initial), isNumber: true, ...about }, (given) => {
    const last = lastText(given);
    if (last === undefined) return rule.initial;
    const value = parseNumber(last.text);
    if (value === undefined) return notANumber(rule, given, last);
    const bounded = bound(rule.fraction === true ? value : Math.trunc(value), rule);
    if (bounded.replaced)
      reportReplaced(bounded.value, value > bounded.value ? about.unit : undefined, { rule, given, last });
    return bounded.value;
  });
}

/** @throws BadValue */
function reportReplaced(
  used: number,
  tooMany: FieldMeta["unit"],
  { rule, given, last }: { rule: NumberRule; given: Given; last: { text: string; where: string } },
): void {
  const { option, warnings } = given;
  if (rule.refuse !== undefined) throw new BadValue(`${option}: ${rule.refuse}`, last.where);
  const text = excerpt(last.text);
  if (tooMany !== undefined)
    warnings.add("warn", `${option}: ${text} ${tooMany} are too many, using ${used}`, last.where);
  else if (rule.complain) warnings.add("warn", rule.complain(text), last.where);
}

function notANumber(rule: NumberRule, given: Given, last: { text: string; where: string }): number {
  const complaint = `${given.option}: '${excerpt(last.text)}' is not a number`;
  if (rule.strict) throw new BadValue(complaint, last.where);
  given.warnings.add("warn", `${complaint}, using ${rule.initial}`, last.where);
  return rule.initial;
}

function bound(value: number, rule: NumberRule): { value: number; replaced: boolean } {
  const max = rule.max ?? MAX_NUMBER;
  if (value < rule.min) return { value: rule.low ?? rule.min, replaced: true };
  if (value > max) return { value: rule.high ?? max, replaced: true };
  return { value, replaced: false };
}

/** Letters after a size, each 1024 times the one before. */
const UNITS = ["", "K", "M", "G"];

/**
 * A size in bytes, written with K, M or G for 1024, 1024² and 1024³; anything else is an error. Where `off` is
 * allowed, that word and 0 are 0.
 *
 * @param initial as it would be written
 */
export function size(
  initial: string,
  rule: { readonly min: number; readonly off: boolean },
  about: About,
): Field<number> {
  return field({ argument: "BYTES[K|M|G]", default: initial, isNumber: true, ...about }, (given) => {
    const last = lastText(given);
    if (last === undefined) return parseSize(initial) ?? 0;
    const value = parseSize(last.text);
    if (value !== undefined && (value >= rule.min || (value === 0 && rule.off))) return value;
    const what = value === undefined ? "is not a size such as 64M" : `is less than ${rule.min} bytes`;
    throw new BadValue(`${given.option}: '${excerpt(last.text)}' ${what}`, last.where);
  });
}

/** Bytes; `undefined` for text that is no size or not exact in a double. */
function parseSize(text: string): number | undefined {
  if (lowerCase(text) === "off") return 0;
  const [, digits, unit = ""] = /^([0-9]{1,16})([KMG])?i?B?$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const bytes = Number(digits) * 1024 ** UNITS.indexOf(unit.toUpperCase());
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Decimal number with optional sign and fraction; `undefined` for any other text. */
function parseNumber(text: string): number | undefined {
  return /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text) ? Number(text) : undefined;
}

/** A state number that has been bounded to 0–3 already. */
export function stateOf(value: number): 0 | 1 | 2 | 3 {
  return ([0, 1, 2] as const).find((state) => state === value) ?? 3;
}
