import { ConfigError } from "./errors.ts";
import { BadValue, type Field, type FieldMeta } from "./fields.ts";
import type { Entry } from "./given.ts";
import { lowerCase } from "./latin1.ts";
import { adviseOnEntries, isInFile } from "./value-advice.ts";
import type { WarningCollector } from "./warning-collector.ts";

/** The schema of a program: canonical option names to fields. */
export type OptionSchema = Readonly<Record<string, Field<unknown>>>;

/** What a schema makes of everything that was given. */
export type Values<S extends OptionSchema> = { -readonly [K in keyof S]: ReturnType<S[K]["parse"]> };

/** A key of the other programs or of the past: accepted, so that one file can serve all, without effect. */
export interface ForeignKey {
  /** All spellings; `-` and `_` are the same. */
  readonly names: readonly string[];
  /** May stand without a value. */
  readonly bare: boolean;
  /** Said when it occurs; `<key>` stands for the key. Silent without. */
  readonly note?: { readonly level: "info" | "debug"; readonly text: string };
  /** Complaint about a value that even the originals refuse. */
  readonly refuse?: (text: string) => string | undefined;
}

/** What a key turned out to be. */
export type KnownKey =
  | { readonly kind: "own"; readonly option: string; readonly meta: FieldMeta }
  | { readonly kind: "foreign"; readonly foreign: ForeignKey };

/** Everything that differs between programs when settings are read. */
export interface Program {
  readonly schema: OptionSchema;
  readonly grammar: "module" | "worker";
  readonly foreign: readonly ForeignKey[];
  /** Exit code of a configuration error. */
  readonly exitCode: number;
  /** Options of the command line that are not in the schema, as {@link canonicalKey} has them. */
  readonly switches?: readonly string[];
}

/** Settings that {@link parseGiven} runs through their schema. */
interface ParsedProgram<S extends OptionSchema> {
  readonly schema: S;
  readonly exitCode: number;
  /** A number without a value among the arguments is an error: an alert with a state of 0 is worse than none. */
  readonly refusesEmptyNumbers?: boolean;
}

/**
 * All spellings of all keys; `-` and `_` are interchangeable and case does not matter. Keys of other programs are many
 * and looked at only when a key is none of the program's own: a tool with two arguments should not sort them first.
 */
export class KeyTable {
  readonly #own = new Map<string, KnownKey>();
  readonly #program: Program;
  #foreign: ReadonlyMap<string, KnownKey> | undefined;

  constructor(program: Program) {
    this.#program = program;
    for (const [option, { facts }] of Object.entries(program.schema)) {
      const known: KnownKey = { kind: "own", option, meta: facts };
      this.#own.set(canonicalKey(option), known);
      for (const alias of facts.aliases) this.#own.set(canonicalKey(alias), known);
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

/** The form under which a key is looked up. */
export function canonicalKey(key: string): string {
  return /[A-Z-]/.test(key) ? lowerCase(key).replaceAll("-", "_") : key;
}

/** The options of a schema with their metadata, in the order of the schema. */
export function optionsOf(schema: OptionSchema): { option: string; facts: FieldMeta }[] {
  return Object.entries(schema).map(([option, { facts }]) => ({ option, facts }));
}

/**
 * Runs the schema over everything that was given.
 *
 * @throws ConfigError BAD_VALUE
 */
export function parseGiven<S extends OptionSchema>(
  program: ParsedProgram<S>,
  given: ReadonlyMap<string, readonly Entry[]>,
  warnings: WarningCollector,
): Values<S> {
  const { schema, refusesEmptyNumbers = false } = program;
  const values = Object.entries(schema).map(([option, { facts, parse }]) => {
    const entries = given.get(option) ?? [];
    try {
      adviseOnEntries({ option, facts }, entries, warnings, refusesEmptyNumbers);
      return [option, parse({ option, entries, warnings })];
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      throw badValue(error.message, error.where, program.exitCode, warnings);
    }
  });
  // One value per field of the schema, by that field's parser.
  return Object.fromEntries(values) as Values<S>;
}

/** The error for a value in a file or on the command line; a place in a file is part of the text. */
function badValue(text: string, where: string, exitCode: number, warnings: WarningCollector): ConfigError {
  return new ConfigError("BAD_VALUE", placed(text, where), { where, exitCode, warnings: warnings.list() });
}

/** Text with its file and line in front; the command line needs no such hint. Source: worker.md 1.2. */
export function placed(text: string, where: string): string {
  return isInFile(where) ? `parse error in file ${where}: ${text}` : text;
}
