import { omitUndefined } from "@mod-gearman/base";
import { z } from "zod";
import type { BytesRule, NumberRule, OptionMeta, PathRule, TextRule, WordRule } from "../option-row.ts";
import { define, type MetaFields, withMetadata } from "./registry.ts";

/*
 * One function per kind of option: its zod type, and how its value is read as metadata. Bounds and words are written once,
 * in the rule, and hold for both. Types are those of the values that a program works with.
 */

/**
 * Highest number without another bound: the `int` of the originals, which is also accepted by timers of packages/base.
 */
const MAX_NUMBER = 2_147_483_647;

/** 0 = no limit. */
export const TOOL_TIMEOUT = {
  initial: 10,
  strict: true,
  refuse: "a number from 0 to 2147483647 is needed",
};

type Rule<K, Given extends string = never> = Omit<K, "kind" | Given>;

const SWITCH = { argument: "", default: "off", bare: true };
const LIST = { list: true, argument: "TEXT" };
const NAMES = { list: true, isName: true };

const buffer = () => z.custom<Buffer>((value) => Buffer.isBuffer(value), "not bytes");
const sized = ({ maxBytes = Number.POSITIVE_INFINITY }: { readonly maxBytes?: number }) =>
  buffer().refine((bytes) => bytes.length <= maxBytes, `more than ${maxBytes} bytes`);

const tlsFile = z.exactOptional(z.string().min(1));
const address = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  /** Files of the options `tls_…`. */
  tls: z.exactOptional(
    z.strictObject({ caFile: tlsFile, certFile: tlsFile, keyFile: tlsFile, serverName: tlsFile }),
  ),
});

/** The option without a value is absent from the options object; loaders also remove limits of 0. */
export const optional = <T extends z.ZodType>(type: T) => withMetadata(type, {}, z.exactOptional(type));

export const flag = (option: string, fields: MetaFields) =>
  define(z.boolean(), { option, kind: "flag", ...SWITCH, ...fields });

export const times = (option: string, fields: MetaFields) =>
  define(z.int().min(0), { option, kind: "times", ...SWITCH, list: true, ...fields });

/** Accepted, never a value. */
export const unused = (option: string, fields: MetaFields) =>
  define(z.exactOptional(z.undefined()), { option, kind: "unused", argument: "TEXT", ...fields });

/**
 * A yes or no. `initial` if not given, `bare` without a value, `other` for an unknown word, with a warning; with `refuse`
 * an unknown word is an error and the value is needed.
 */
export function yesNo(
  option: string,
  initial: boolean | undefined,
  rule: { readonly bare: boolean; readonly other: boolean } | { readonly refuse: string },
  fields: MetaFields,
) {
  const reading =
    "refuse" in rule
      ? rule
      : { whenBare: rule.bare, whenUnknown: rule.other, bare: true, empty: "value" as const };
  const row = {
    ...omitUndefined({ initial }),
    ...reading,
    argument: "yes|no",
    default: initial === true ? "yes" : "no",
  };
  return define(z.boolean(), { option, kind: "yesNo", ...row, ...fields });
}

type NumberFields = Partial<Rule<NumberRule>> & MetaFields;

/** A number from 0 to 2147483647, or within other bounds. */
export const number = (option: string, { min = 0, max = MAX_NUMBER, ...fields }: NumberFields) =>
  numeric(option, (fields.fraction === true ? z.number() : z.int()).min(min).max(max), {
    min,
    max,
    ...fields,
  });

function numeric<T extends z.ZodType>(
  option: string,
  type: T,
  fields: NumberFields & { readonly min: number; readonly max: number },
): T {
  const { initial } = fields;
  const row = { argument: "NUMBER", isNumber: true, ...fields };
  return define(type, {
    option,
    kind: "number",
    ...omitUndefined({ default: initial === undefined ? undefined : String(initial) }),
    ...row,
  });
}

/** A time. A value above its bound is replaced by the bound, with a warning, unless the rule refuses it. */
export const duration = (option: string, unit: NonNullable<OptionMeta["unit"]>, fields: NumberFields) =>
  number(option, { unit, ...fields });

/** A number that is the state of a check; another number is replaced by the default. */
export const stateNumber = (
  option: string,
  fields: NumberFields & { readonly initial: 0 | 1 | 2 | 3; readonly complain: string },
) =>
  numeric(option, z.literal([0, 1, 2, 3]), {
    min: 0,
    max: 3,
    low: fields.initial,
    high: fields.initial,
    argument: "0|1|2|3",
    ...fields,
  });

/** A number of bytes. `initial` as it would be written. */
export function size(
  option: string,
  initial: string,
  fields: { readonly min: number; readonly mayBeOff?: true } & MetaFields,
) {
  const row = { initial, argument: "BYTES[K|M|G]", default: initial, isNumber: true, ...fields };
  return define(z.int().min(fields.min), { option, kind: "size", ...row });
}

export function word<const W extends string>(
  option: string,
  words: readonly W[],
  fields: Rule<WordRule, "words" | "initial"> & { readonly initial?: NoInfer<W> } & MetaFields,
) {
  const start = omitUndefined({ default: fields.initial });
  const row = { words, argument: words.join("|"), ...start, ...fields };
  return define(z.enum(words), { option, kind: "word", ...row });
}

export const textOr = (option: string, initial: string, fields: MetaFields) =>
  define(z.string(), { option, kind: "text", initial, argument: "TEXT", default: initial, ...fields });

export function text(option: string, fields: Rule<TextRule> & MetaFields) {
  const type = fields.pattern === undefined ? z.string() : z.string().regex(new RegExp(fields.pattern));
  return define(z.exactOptional(type), { option, kind: "text", argument: "TEXT", ...fields });
}

export const path = (option: string, fields: Pick<PathRule, "refuseEmpty"> & MetaFields) =>
  define(z.exactOptional(z.string().min(1)), { option, kind: "path", argument: "PATH", ...fields });

/** A folder; a word for no is `false`. */
export const pathOrOff = (option: string, fields: MetaFields) =>
  define(z.exactOptional(z.union([z.string().min(1), z.literal(false)])), {
    option,
    kind: "path",
    mayBeOff: true,
    argument: "PATH|off",
    ...fields,
  });

type BytesFields = Rule<BytesRule, "initial"> & MetaFields;

/** Bytes exactly as given, or those of `initial`, latin1. */
export const bytesOr = (option: string, initial: string, fields: BytesFields) =>
  define(sized(fields), { option, kind: "bytes", initial, argument: "TEXT", default: initial, ...fields });

/** Bytes exactly as given; otherwise the loader supplies them. */
export const bytesOfLoader = (option: string, fields: BytesFields) =>
  define(sized(fields), { option, kind: "bytes", argument: "TEXT", ...fields });

export const bytes = (option: string, fields: BytesFields) => optional(bytesOfLoader(option, fields));

/** Texts that accumulate, one per occurrence. */
export const texts = (option: string, fields: MetaFields) =>
  define(z.array(z.string().min(1)), { option, kind: "texts", ...LIST, ...fields });

export const patterns = (option: string, fields: MetaFields) =>
  define(z.array(z.string().min(1).refine(isRegularExpression, "not a regular expression")), {
    option,
    kind: "texts",
    compile: true,
    ...LIST,
    argument: "PATTERN",
    ...fields,
  });

function isRegularExpression(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

/** Job servers. A bad address is an error if `strict`, otherwise it is skipped with a warning. */
export const servers = (option: string, fields: { readonly strict?: true } & MetaFields) =>
  define(z.array(address), { option, kind: "servers", ...NAMES, argument: "HOST[:PORT][,…]", ...fields });

/** Job servers that a program queries itself: an empty host is this machine. Source: tools.md 2.1, 3.1, T17. */
export function hosts(option: string, fields: MetaFields) {
  const rule = { strict: true, emptyHost: "localhost", refuseEmpty: true, argument: "HOST[:PORT]" };
  return define(z.array(address), { option, kind: "servers", ...rule, ...NAMES, ...fields });
}

/** Names of groups; `prefix` is the start of the queue name, empty for groups without a queue. */
export const groups = (option: string, prefix: string, fields: MetaFields) =>
  define(z.array(buffer()), {
    option,
    kind: "groups",
    prefix,
    ...NAMES,
    argument: "NAME[,NAME…]",
    ...fields,
  });

/** `perfdata`: a switch, or queue names, which accumulate until a `no`. */
export function perfdataQueues(option: string, fields: MetaFields) {
  const row = { ...NAMES, argument: "yes|no|QUEUE[,…]", default: "no", bare: true };
  return define(z.array(buffer()), { option, kind: "perfdata", ...row, empty: "value", ...fields });
}

/** Highest number of a callback of the core (NEBCALLBACK_*). */
const MAX_CALLBACK = 25;

/** An `export=` line: core events and their queue. */
const exportRule = z.strictObject({
  queue: buffer(),
  /** Return value of the event handler. */
  returnCode: z.int(),
  /** Callback numbers (NEBCALLBACK_*). */
  callbacks: z.array(z.int().min(0).max(MAX_CALLBACK)).min(1),
});

/** `export`: rules that cannot be used are skipped. */
export const exportRules = (option: string, fields: MetaFields) =>
  define(z.array(exportRule), {
    option,
    kind: "exports",
    ...LIST,
    argument: "QUEUE:RC:CALLBACK[,…]",
    ...fields,
  });

/** Microseconds, written as seconds. */
export const micros = (option: string, fields: MetaFields) =>
  define(z.exactOptional(z.bigint()), {
    option,
    kind: "micros",
    argument: "SECONDS",
    isNumber: true,
    ...fields,
  });

/** State of a check that is sent. */
export const state = (option: string, fields: MetaFields) =>
  define(z.literal([0, 1, 2, 3]), {
    option,
    kind: "state",
    argument: "0|1|2|3",
    default: "0",
    isNumber: true,
    ...fields,
  });

/** A file, or folder of files, that is read in place. */
export const config = () =>
  texts("config", {
    help: "Read this file, or all .cfg and .conf files of this folder, at this place.",
    argument: "PATH",
    aliases: ["configfile", "include"],
  });
