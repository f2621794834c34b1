import { ConfigError } from "./errors.ts";
import { BadValue, type Entry } from "./given.ts";
import { lowerCase } from "./latin1.ts";
import type { FullMeta, OptionRow, Options, OptionTable, Values } from "./option-row.ts";
import { readOption } from "./read-option.ts";
import { adviseOnEntries, isInFile } from "./value-advice.ts";
import type { WarningCollector } from "./warning-collector.ts";

/** A key of other programs or of earlier releases: accepted without effect, so that programs can share a file. */
export interface ForeignKey {
  /** All spellings; `-` and `_` are the same. */
  readonly names: readonly string[];
  /** May stand without a value. */
  readonly bare: boolean;
  /** Warning if it occurs; `<key>` is replaced by the key. Absent: none. */
  readonly note?: { readonly level: "info" | "debug"; readonly text: string };
  /** Error for a value that even the originals refuse. */
  readonly refuse?: (text: string) => string | undefined;
}

export type KnownKey =
  | { readonly kind: "own"; readonly option: string; readonly row: OptionRow }
  | { readonly kind: "foreign"; readonly foreign: ForeignKey };

/** Differences between programs in reading settings. */
export interface Program {
  readonly table: OptionTable;
  readonly grammar: "module" | "worker";
  readonly foreign: readonly ForeignKey[];
  readonly exitCode: number;
  /** Options of the command line that are not in the table, in the form of {@link canonicalKey}. */
  readonly switches?: readonly string[];
}

interface ParsedProgram<T> {
  readonly table: OptionTable<T>;
  readonly exitCode: number;
  /** A number without a value among the arguments is an error: an alert with state 0 is worse than no alert. */
  readonly refusesEmptyNumbers?: boolean;
}

/**
 * All spellings of all keys; `-` and `_` are interchangeable and case does not matter. The many keys of other programs are
 * sorted only once a key is not one of the program's own.
 */
export class KeyTable {
  readonly #own = new Map<string, KnownKey>();
  readonly #program: Program;
  #foreign: ReadonlyMap<string, KnownKey> | undefined;

  constructor(program: Program) {
    this.#program = program;
    for (const [option, row] of Object.entries(program.table)) {
      const known: KnownKey = { kind: "own", option, row };
      this.#own.set(canonicalKey(option), known);
      for (const alias of row.aliases ?? []) this.#own.set(canonicalKey(alias), known);
    }
  }

  /** @param key as written */
  get(key: string): KnownKey | undefined {
    const canonical = canonicalKey(key);
    const own = this.#own.get(canonical);
    if (own !== undefined) return own;
    this.#foreign ??= foreignTable(this.#program.foreign);
    return this.#foreign.get(canonical);
  }
}

function foreignTable(foreigners: readonly ForeignKey[]): ReadonlyMap<string, KnownKey> {
  const table = new Map<string, KnownKey>();
  for (const foreign of foreigners) {
    const known: KnownKey = { kind: "foreign", foreign };
    for (const name of foreign.names) table.set(canonicalKey(name), known);
  }
  return table;
}

export function canonicalKey(key: string): string {
  return /[A-Z-]/.test(key) ? lowerCase(key).replaceAll("-", "_") : key;
}

/** The options of a table with complete metadata, in the order of the table. */
export function optionsOf(table: OptionTable): { option: string; meta: FullMeta }[] {
  return Object.entries(table).map(([option, row]) => ({ option, meta: { ...DEFAULTS, ...row } }));
}

const DEFAULTS = {
  default: "none",
  aliases: [],
  list: false,
  bare: false,
  secret: false,
  byHand: false,
  hidden: false,
  isName: false,
  isNumber: false,
  moduleLineOnly: false,
};

/**
 * Values from all given settings.
 *
 * @param fallbacks values of options that were not given and whose default is not in the table
 * @throws ConfigError BAD_VALUE
 */
export function parseGiven<T>(
  program: ParsedProgram<T>,
  given: ReadonlyMap<string, readonly Entry[]>,
  warnings: WarningCollector,
  fallbacks: Partial<T> = {},
): Values<T> {
  const values: Record<string, unknown> = { ...fallbacks };
  for (const [option, row] of Object.entries(program.table)) {
    const entries = given.get(option) ?? [];
    try {
      adviseOnEntries(option, row, entries, warnings, program.refusesEmptyNumbers === true);
      values[row.key] = readOption(row, { option, entries, warnings }) ?? values[row.key];
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      throw badValue(error.message, error.where, program.exitCode, warnings);
    }
  }
  return values as Values<T>; // the schema behind the table accepts them: a test compares
}

/** Options used by loaders only, as in `Options`. */
const LOADER_KEYS = ["config", "configFile", "keyfile"];
const LOADER_PREFIXES = ["libdrizzle", "libtokyocabinet"];

/** The options object from complete values: without undefined ones and those for loaders only. */
export function toOptions<T>(values: Values<T>): Options<T> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values))
    if (value !== undefined && !isLoaderKey(key)) kept[key] = value;
  return kept as Options<T>; // the rest has the properties of the type
}

/** No regular expression: the tools would wait for its compilation. */
function isLoaderKey(key: string): boolean {
  return LOADER_KEYS.includes(key) || LOADER_PREFIXES.some((prefix) => key.startsWith(prefix));
}

/** The error for a value in a file or on the command line; a position in a file is part of the text. */
function badValue(text: string, where: string, exitCode: number, warnings: WarningCollector): ConfigError {
  return new ConfigError("BAD_VALUE", placed(text, where), { where, exitCode, warnings: warnings.list() });
}

/** Text preceded by its file and line; not needed for the command line. Source: worker.md 1.2. */
export function placed(text: string, where: string): string {
  return isInFile(where) ? `parse error in file ${where}: ${text}` : text;
}
