import { z } from "zod";
import type { BytesRule, NumberRule, OptionMeta, SizeRule, TextRule, WordRule } from "../option-row.ts";
import { type About, define, type Metadata } from "./registry.ts";

/*
 * One function per kind of option: its zod type, and how its value is read as metadata. Bounds and words are written once,
 * in the rule, and hold for both. Texts are bytes of the file; types are those of the values that a program works with.
 */

/** Highest number without another bound: the `int` of the originals, which timers of packages/base take too. */
const MAX_NUMBER = 2_147_483_647;

/** How long a tool waits; 0 = no limit. */
export const TOOL_TIMEOUT = {
  initial: 10,
  strict: true,
  refuse: "a number from 0 to 2147483647 is needed",
};

type Rule<K> = Omit<K, "kind">;
const isBuffer = (value: unknown): boolean => Buffer.isBuffer(value);
const buffer = () => z.custom<Buffer>(isBuffer, "not bytes");
const sized = (max: number | undefined) =>
  max === undefined ? buffer() : buffer().refine((bytes) => bytes.length <= max, `at most ${max} bytes`);

/** Where a job server is. */
const address = z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65_535) });

/** A switch: on when it is given. */
export function flag(option: string, about: About): z.ZodBoolean {
  return define(z.boolean(), { option, kind: "flag", argument: "", default: "off", bare: true, ...about });
}

/** A switch that counts how often it is given. */
export function times(option: string, about: About): z.ZodInt {
  return define(z.int().min(0), {
    option,
    kind: "times",
    argument: "",
    default: "off",
    bare: true,
    list: true,
    ...about,
  });
}

/** Accepted, never a value. */
export function unused(option: string, about: About): z.ZodExactOptional<z.ZodUndefined> {
  return define(z.exactOptional(z.undefined()), { option, kind: "unused", argument: "TEXT", ...about });
}

/**
 * A yes or no. `initial` if not given, `bare` without a value, `other` for an unknown word, with a warning; with `refuse`
 * an unknown word is an error and the value is needed.
 */
export function yesNo(
  option: string,
  initial: boolean | undefined,
  rule: { readonly bare: boolean; readonly other: boolean } | { readonly refuse: string },
  about: About,
): z.ZodBoolean {
  const start = initial === undefined ? {} : { initial };
  const reading =
    "refuse" in rule
      ? rule
      : { whenBare: rule.bare, whenUnknown: rule.other, bare: true, empty: "value" as const };
  const row = { ...start, ...reading, argument: "yes|no", default: initial === true ? "yes" : "no" };
  return define(z.boolean(), { option, kind: "yesNo", ...row, ...about });
}

type Bounds = Partial<Rule<NumberRule>>;

function numberType({ min = 0, max = MAX_NUMBER, fraction = false }: Bounds): z.ZodNumber {
  return (fraction ? z.number() : z.int()).min(min).max(max);
}

function numberRow(option: string, rule: Bounds, about: About): Metadata {
  const row = { min: 0, max: MAX_NUMBER, argument: "NUMBER", isNumber: true, ...rule, ...about };
  const initial = rule.initial === undefined ? {} : { default: String(rule.initial) };
  return { option, kind: "number", ...initial, ...row };
}

/** A number from 0 to 2147483647, or within other bounds. */
export function number(
  option: string,
  rule: Bounds & { readonly initial: number },
  about: About,
): z.ZodNumber {
  return define(numberType(rule), numberRow(option, rule, about));
}

/** A number that need not be given. */
export function optionalNumber(option: string, rule: Bounds, about: About): z.ZodExactOptional<z.ZodNumber> {
  return define(z.exactOptional(numberType(rule)), numberRow(option, rule, about));
}

/** A time. One above its bound is replaced by the bound, with a warning, unless the rule refuses it. */
export function duration(
  option: string,
  unit: NonNullable<OptionMeta["unit"]>,
  rule: Bounds & { readonly initial: number },
  about: About,
): z.ZodNumber {
  return number(option, rule, { unit, ...about });
}

/** A time of which 0 is the same as absent. */
export function optionalDuration(
  option: string,
  unit: NonNullable<OptionMeta["unit"]>,
  rule: Bounds,
  about: About,
): z.ZodExactOptional<z.ZodNumber> {
  return optionalNumber(option, rule, { unit, ...about });
}

/** A number that is the state of a check; another number is replaced by the default. */
export function stateNumber(
  option: string,
  rule: { readonly initial: 0 | 1 | 2 | 3; readonly strict?: true; readonly complain: string },
  about: About,
): z.ZodLiteral<0 | 1 | 2 | 3> {
  const bounds = { ...rule, max: 3, low: rule.initial, high: rule.initial };
  return define(z.literal([0, 1, 2, 3]), numberRow(option, bounds, { argument: "0|1|2|3", ...about }));
}

function sizeRow(
  option: string,
  initial: string,
  rule: Omit<Rule<SizeRule>, "initial">,
  about: About,
): Metadata {
  const row = { initial, ...rule, argument: "BYTES[K|M|G]", default: initial, isNumber: true };
  return { option, kind: "size", ...row, ...about };
}

/** A number of bytes. `initial` as it would be written. */
export function size(
  option: string,
  initial: string,
  rule: { readonly min: number },
  about: About,
): z.ZodNumber {
  return define(z.int().min(rule.min), sizeRow(option, initial, rule, about));
}

/** A number of bytes of which 0 is the same as absent. */
export function optionalSize(
  option: string,
  initial: string,
  rule: { readonly min: number },
  about: About,
): z.ZodExactOptional<z.ZodNumber> {
  const row = sizeRow(option, initial, { ...rule, mayBeOff: true }, about);
  return define(z.exactOptional(z.int().min(rule.min)), row);
}

/** One of some words. */
export function word<const W extends string>(
  option: string,
  words: readonly W[],
  rule: Omit<Rule<WordRule>, "words" | "initial"> & { readonly initial: NoInfer<W> },
  about: About,
): z.ZodEnum<{ [K in W]: K }> {
  return define(z.enum(words), wordRow(option, words, rule, about));
}

/** One of some words, or nothing. */
export function optionalWord<const W extends string>(
  option: string,
  words: readonly W[],
  rule: Omit<Rule<WordRule>, "words" | "initial">,
  about: About,
): z.ZodExactOptional<z.ZodEnum<{ [K in W]: K }>> {
  return define(z.exactOptional(z.enum(words)), wordRow(option, words, rule, about));
}

function wordRow(
  option: string,
  words: readonly string[],
  rule: Omit<Rule<WordRule>, "words">,
  about: About,
): Metadata {
  const initial = rule.initial === undefined ? {} : { default: rule.initial };
  return { option, kind: "word", words, ...rule, argument: words.join("|"), ...initial, ...about };
}

type TextFields = Rule<TextRule> & About;

/** Readable text with a default. */
export function textOr(option: string, initial: string, about: About): z.ZodString {
  return define(z.string(), { option, kind: "text", initial, argument: "TEXT", default: initial, ...about });
}

/** Readable text. */
export function text(option: string, fields: TextFields): z.ZodExactOptional<z.ZodString> {
  const type = fields.pattern === undefined ? z.string() : z.string().regex(new RegExp(fields.pattern));
  return define(z.exactOptional(type), { option, kind: "text", argument: "TEXT", ...fields });
}

/** A path. */
export function path(option: string, about: About): z.ZodExactOptional<z.ZodString> {
  return define(z.exactOptional(z.string().min(1)), { option, kind: "path", argument: "PATH", ...about });
}

/** A folder; a word for no is `false`. */
export function pathOrOff(
  option: string,
  about: About,
): z.ZodExactOptional<z.ZodUnion<readonly [z.ZodString, z.ZodLiteral<false>]>> {
  const type = z.exactOptional(z.union([z.string().min(1), z.literal(false)]));
  return define(type, { option, kind: "path", mayBeOff: true, argument: "PATH|off", ...about });
}

type BytesFields = Omit<Rule<BytesRule>, "initial"> & About;

/** Bytes exactly as given, or those of `initial`, latin1. */
export function bytesOr(option: string, initial: string, fields: BytesFields): z.ZodType<Buffer> {
  return define(sized(fields.maxBytes), {
    option,
    kind: "bytes",
    initial,
    argument: "TEXT",
    default: initial,
    ...fields,
  });
}

/** Bytes exactly as given. */
export function bytes(option: string, fields: BytesFields): z.ZodExactOptional<z.ZodType<Buffer>> {
  return define(z.exactOptional(sized(fields.maxBytes)), {
    option,
    kind: "bytes",
    argument: "TEXT",
    ...fields,
  });
}

/** Bytes that are always there once settings are complete, though they have no constant default. */
export function bytesOfMachine(option: string, fields: BytesFields): z.ZodType<Buffer> {
  return define(sized(fields.maxBytes), { option, kind: "bytes", argument: "TEXT", ...fields });
}

/** Texts that add up, one per place. */
export function texts(option: string, about: About): z.ZodArray<z.ZodString> {
  return define(z.array(z.string().min(1)), {
    option,
    kind: "texts",
    list: true,
    argument: "TEXT",
    ...about,
  });
}

/** Regular expressions. */
export function patterns(option: string, about: About): z.ZodArray<z.ZodString> {
  const pattern = z.string().min(1).refine(isRegularExpression, "not a regular expression");
  return define(z.array(pattern), {
    option,
    kind: "texts",
    compile: true,
    list: true,
    argument: "PATTERN",
    ...about,
  });
}

function isRegularExpression(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

/** Job servers. A bad address is an error if `strict`, else it is skipped with a warning. */
export function servers(
  option: string,
  rule: { readonly strict?: true },
  about: About,
): z.ZodArray<typeof address> {
  return define(z.array(address), {
    option,
    kind: "servers",
    ...rule,
    argument: "HOST[:PORT][,…]",
    list: true,
    isName: true,
    ...about,
  });
}

/**
 * Job servers that a program asks itself: an empty host is this machine. Source: tools.md 2.1, 3.1, T17.
 */
export function hosts(option: string, about: About): z.ZodArray<typeof address> {
  const rule = { strict: true, emptyHost: "localhost", refuseEmpty: true };
  return define(z.array(address), {
    option,
    kind: "servers",
    ...rule,
    argument: "HOST[:PORT]",
    list: true,
    isName: true,
    ...about,
  });
}

/** Names of groups; `prefix` is what the queue name adds, empty for groups without a queue. */
export function groups(option: string, prefix: string, about: About): z.ZodArray<z.ZodType<Buffer>> {
  return define(z.array(buffer()), {
    option,
    kind: "groups",
    prefix,
    argument: "NAME[,NAME…]",
    list: true,
    isName: true,
    ...about,
  });
}

/** `perfdata`: a switch, or queue names, which add up until a `no`. */
export function perfdataQueues(option: string, about: About): z.ZodArray<z.ZodType<Buffer>> {
  const row = { argument: "yes|no|QUEUE[,…]", default: "no", list: true, bare: true, isName: true };
  return define(z.array(buffer()), { option, kind: "perfdata", ...row, empty: "value", ...about });
}

/** Highest number of a callback of the core (NEBCALLBACK_*). */
const MAX_CALLBACK = 25;

/** An `export=` line: which core events go to which queue. */
const exportRule = z.strictObject({
  queue: buffer(),
  /** What the event handler returns to the core. */
  returnCode: z.int(),
  /** Callback numbers (NEBCALLBACK_*). */
  callbacks: z.array(z.int().min(0).max(MAX_CALLBACK)).min(1),
});

/** `export`: rules that cannot be used are skipped. */
export function exportRules(option: string, about: About): z.ZodArray<typeof exportRule> {
  return define(z.array(exportRule), {
    option,
    kind: "exports",
    argument: "QUEUE:RC:CALLBACK[,…]",
    list: true,
    ...about,
  });
}

/** Microseconds, written as seconds. */
export function micros(option: string, about: About): z.ZodExactOptional<z.ZodBigInt> {
  return define(z.exactOptional(z.bigint()), {
    option,
    kind: "micros",
    argument: "SECONDS",
    isNumber: true,
    ...about,
  });
}

/** State of a check that is sent. */
export function state(option: string, about: About): z.ZodLiteral<0 | 1 | 2 | 3> {
  return define(z.literal([0, 1, 2, 3]), {
    option,
    kind: "state",
    argument: "0|1|2|3",
    default: "0",
    isNumber: true,
    ...about,
  });
}

/** The file, or folder of files, that is read at its place. */
export function config(): z.ZodArray<z.ZodString> {
  return texts("config", {
    help: "Read this file, or all .cfg and .conf files of this folder, at this place.",
    argument: "PATH",
    aliases: ["configfile", "include"],
  });
}
