/** Properties of an option for help, documentation and the reader, except how its value is parsed. */
export interface OptionMeta {
  /** Name of the value in the program's options object. */
  readonly key: string;
  /** One or two sentences for help and tables. */
  readonly help: string;
  /** Placeholder of the value: `yes|no`, `NUMBER`, `PATH`, …; empty for a switch. */
  readonly argument: string;
  /** Default in the notation of the configuration, or a description; `none` if absent. */
  readonly default?: string;
  readonly aliases?: readonly string[];
  /** May be repeated and be a comma list; values accumulate. */
  readonly list?: boolean;
  /** May stand without a value. */
  readonly bare?: boolean;
  /** Never printed. */
  readonly secret?: boolean;
  /** If given, switches off the module's default queues (neb-module.md 4.3). */
  readonly byHand?: boolean;
  /** Letters of the short form: `H`, or `Hs` for two; programs with getopt grammar only. */
  readonly short?: string;
  /** The value may be omitted; only `=` gives one then. Programs with getopt grammar only. */
  readonly optional?: boolean;
  /** Not in the help text. */
  readonly hidden?: boolean;
  /** A queue, group, server or program, which must match the configuration of other programs. */
  readonly isName?: boolean;
  /** Meaning of `OPTION=` without a value: the default (if absent), or a value. */
  readonly empty?: "value";
  /** Without a value less would be protected than is wanted: an empty one is an error, everywhere or in the environment only. */
  readonly protects?: "everywhere" | "environment";
  /** True for numbers, sizes and times. */
  readonly isNumber?: boolean;
  readonly unit?: "seconds" | "milliseconds";
  /** The module reads the option from its `broker_module=` line only. */
  readonly moduleLineOnly?: boolean;
  readonly noEffect?: NoEffect;
}

export interface NoEffect {
  /** Completes "NAME has no effect in this release: …". */
  readonly why: string;
  /** A value that requests the actual behaviour is not reported; `none`: an empty list. */
  readonly metBy?: boolean | number | "none";
  /** The original ignores it too, or its effect needs no option here: `info`, and "NAME has no effect: …". */
  readonly isForGood?: boolean;
}

/*
 * How the value of an option is read, by `kind`. `initial` is the value if the option is not given; without it the value
 * is undefined. In a `refuse` (an error) or `complain` (a warning) `<value>` stands for the value given.
 */

interface FlagRule {
  readonly kind: "flag";
}

/** A switch whose value is how often it is given. */
interface TimesRule {
  readonly kind: "times";
}

/** Accepted, never a value. */
interface UnusedRule {
  readonly kind: "unused";
}

export interface YesNoRule {
  readonly kind: "yesNo";
  readonly initial?: boolean;
  /** Value of the option without a value. */
  readonly whenBare?: boolean;
  /** Value for a word that is neither yes nor no, with a warning; ignored with `refuse`. */
  readonly whenUnknown?: boolean;
  readonly refuse?: string;
}

export interface NumberRule {
  readonly kind: "number";
  readonly initial?: number;
  /** Lowest usable value; `low` (default: itself) replaces values below it. */
  readonly min: number;
  readonly low?: number;
  /** Highest usable value. `high` (default: itself) replaces values above it. */
  readonly max: number;
  readonly high?: number;
  /** Warning about a value out of range; without it the value is replaced silently. */
  readonly complain?: string;
  /** As `complain`, for a value below the range only. */
  readonly complainBelow?: string;
  /** A value out of range is an error with this text instead. */
  readonly refuse?: string;
  /** Fractions are kept; otherwise they are cut off. */
  readonly fraction?: boolean;
  /** Text that is not a number is an error; otherwise a warning, and `initial` applies. */
  readonly strict?: boolean;
  /** If absent: undefined; `initial` is the value of the option without a value. */
  readonly offUnlessGiven?: boolean;
}

/** A number of bytes, written with K, M or G for 1024, 1024² and 1024³. */
export interface SizeRule {
  readonly kind: "size";
  /** In the notation of the configuration. */
  readonly initial: string;
  readonly min: number;
  /** The word `off` and 0 are 0. */
  readonly mayBeOff?: boolean;
}

/** One of some words. Another word is an error with `refuse`, otherwise a warning, and `initial` applies. */
export interface WordRule {
  readonly kind: "word";
  readonly words: readonly string[];
  readonly initial?: string;
  /** Case is ignored. */
  readonly anyCase?: boolean;
  readonly complain?: string;
  readonly refuse?: string;
  /** Error for an empty value, where the default would protect less than what is wanted. */
  readonly refuseEmpty?: string;
  /** Words with a refusal of their own. */
  readonly refusals?: Readonly<Record<string, string>>;
}

/** Text decoded as UTF-8. */
export interface TextRule {
  readonly kind: "text";
  readonly initial?: string;
  /** Values that count as not given. */
  readonly placeholder?: string;
  /** Source of a regular expression that the value must match; otherwise `refuse`. */
  readonly pattern?: string;
  readonly refuse?: string;
}

/** A path; relative ones are resolved against the folder of the file that contains them, in programs with that rule. */
export interface PathRule {
  readonly kind: "path";
  /** A word for no is the value `false`. */
  readonly mayBeOff?: boolean;
  /** Error for an empty value. */
  readonly refuseEmpty?: string;
}

/** Bytes exactly as given. */
export interface BytesRule {
  readonly kind: "bytes";
  /** latin1 */
  readonly initial?: string;
  readonly maxBytes?: number;
  /** Error for a value longer than `maxBytes`. */
  readonly refuse?: string;
  /** Error for an empty value. */
  readonly refuseEmpty?: string;
  /** Characters that are an error, and its text. */
  readonly forbidden?: { readonly characters: string; readonly text: string };
  /** Letters `x` for which `\x` is a control character; there are no other escapes. */
  readonly escapes?: string;
}

/** Texts that accumulate, one per occurrence; `compile`: each must be a regular expression. */
export interface TextsRule {
  readonly kind: "texts";
  readonly compile?: boolean;
}

export interface ServersRule {
  readonly kind: "servers";
  /** A bad address is an error; otherwise it is skipped with a warning. */
  readonly strict?: boolean;
  /** Host of `:4730`; default `0.0.0.0`. */
  readonly emptyHost?: string;
  /** A value without any server is an error. */
  readonly refuseEmpty?: boolean;
}

/** Names of groups; `prefix` is the start of the queue name, empty for groups without a queue. */
export interface GroupsRule {
  readonly kind: "groups";
  readonly prefix: string;
}

/** Microseconds from seconds; text that is not a number is 0 with a warning, as in the originals. */
interface MicrosRule {
  readonly kind: "micros";
}

/** State of a check, 0 to 3; text that is not a number is 0 with a warning, as in the originals. */
interface StateRule {
  readonly kind: "state";
}

/** `perfdata` of the module: a switch, or queue names. */
interface PerfdataRule {
  readonly kind: "perfdata";
}

/** `export` of the module: QUEUE:RETURNCODE:CALLBACK[,…]. */
interface ExportsRule {
  readonly kind: "exports";
}

export type OptionRule =
  | FlagRule
  | TimesRule
  | UnusedRule
  | YesNoRule
  | NumberRule
  | SizeRule
  | WordRule
  | TextRule
  | PathRule
  | BytesRule
  | TextsRule
  | ServersRule
  | GroupsRule
  | MicrosRule
  | StateRule
  | PerfdataRule
  | ExportsRule;

/** One option of a program, as plain data: generated from the zod schema of the program. */
export type OptionRow = OptionMeta & OptionRule;

declare const optionsType: unique symbol;

/** All options of a program: option name to row, in the order of the schema. `T` is the type of the options object. */
export type OptionTable<T = unknown> = Readonly<Record<string, OptionRow>> & {
  readonly [optionsType]?: T;
};

/** Values while they are completed: mutable, undefined if not given. */
export type Values<T> = {
  -readonly [K in keyof T]-?: Pick<T, K> extends Required<Pick<T, K>> ? T[K] : T[K] | undefined;
};

/** The values of a table. */
export type ValuesOf<Table> = Table extends OptionTable<infer T> ? Values<T> : never;

/** Options used by loaders only: sources of other settings, and queue types that gearmand has removed. */
type LoaderKey = "config" | "configFile" | "keyfile" | `libdrizzle${string}` | `libtokyocabinet${string}`;

/** The options object of a program, derived from its schema. */
export type Options<T> = Readonly<Omit<T, LoaderKey>>;

/** A row's metadata with every default filled in. */
export type FullMeta = Required<Omit<OptionMeta, Absent>> & Pick<OptionMeta, Absent>;
/** Metadata without a default. */
type Absent = "short" | "optional" | "empty" | "protects" | "unit" | "noEffect";
