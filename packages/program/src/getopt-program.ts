import {
  ConfigError,
  type ConfigErrorCode,
  type Entry,
  type EnvironmentRules,
  effectiveOf,
  environmentSettings,
  excerpt,
  helpText,
  type LoadDeps,
  type Loaded,
  mergeEnvironment,
  type OptionTable,
  type ProgramHelp,
  parseGiven,
  sourcesOf,
  toUtf8,
  type Values,
  WarningCollector,
} from "@mod-gearman/config";
import { argumentWords, BadArgument, optionTable, type ParsedArgument, parseWords } from "./getopt.ts";
import type { Argument } from "./raw-arguments.ts";

/** Exit code of check_gearman and gearman_top for unusable arguments. Source: tools.md 3.1, T15. */
const EXIT_CODE = 3;
const EXIT_CHECK = 2;

/** Settings from the arguments, before they are completed. */
export interface ParsedSettings<T> {
  readonly values: Values<T>;
  readonly sources: Map<string, string>;
  readonly warnings: WarningCollector;
  /** Words that are no options, if the program takes such. */
  readonly words: readonly GivenWord[];
}

/** A word of the command line that is no option. */
export interface GivenWord {
  /** latin1. */
  readonly text: string;
  /** It may be the rest of a secret: it must not be shown. */
  readonly hidden: boolean;
}

interface GetoptProgram<T> extends ProgramHelp {
  readonly table: OptionTable<T>;
  readonly environment: EnvironmentRules;
  /** Options that words without dashes are values of, in their order; further words are warned of. */
  readonly words?: readonly string[];
  /** Words without dashes are left to `finish`. */
  readonly takesWords?: true;
}

/**
 * Settings of a program with getopt grammar: letters that may be combined, and long words. `-H=host` is `-H host`,
 * because the help of the originals uses that form.
 *
 * @param program its help, with table and switches
 * @param finish completes values that depend on others and checks required ones; returns the options
 * @param prepare may add settings; returns values for options that were not given
 * @throws ConfigError with exit code 3, or 2 with `--check-config`; `help` is set
 */
export function loadGetopt<T, O>(
  argv: readonly Argument[],
  program: GetoptProgram<T>,
  deps: LoadDeps,
  finish: (settings: ParsedSettings<T>) => O,
  prepare: (given: Map<string, Entry[]>) => Partial<T> = () => ({}),
): Loaded<O> | { readonly help: string } | { readonly version: true } {
  const warnings = new WarningCollector();
  let checkConfig = argv.includes("--check-config");
  try {
    const parsed = parseArguments(argv, program, warnings);
    const asked = parsed.find((one) => one.kind === "option" && isRequest(one.option));
    if (asked?.kind === "option" && asked.option === "help") return { help: helpText(program) };
    if (asked !== undefined) return { version: true };
    checkConfig = parsed.some((one) => one.kind === "option" && one.option === "check-config");
    const { table, environment, takesWords = false } = program;
    const taken = takesWords ? parsed.filter(({ kind }) => kind === "option") : parsed;
    const given = collect(taken, warnings, program.words ?? []);
    const words = takesWords ? wordsOf(parsed) : [];
    const reading = { table, environment, exitCode: EXIT_CODE };
    mergeEnvironment(given, environmentSettings(reading, deps, warnings));
    const fallbacks = prepare(given);
    const parsing = { table, exitCode: EXIT_CODE, refusesEmptyNumbers: true };
    const values = parseGiven(parsing, given, warnings, fallbacks);
    const sources = sourcesOf(table, given);
    const options = finish({ values, sources, warnings, words });
    return {
      options,
      warnings: warnings.list(),
      sources,
      get effective() {
        return effectiveOf(table, values, sources);
      },
      checkConfig,
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { code, message, where, warnings, cause } = error;
    const exitCode = checkConfig ? EXIT_CHECK : EXIT_CODE;
    const at = { where, warnings, exitCode, help: helpText(program) };
    throw new ConfigError(code, `Error - ${message}`, at, { cause });
  }
}

function isRequest(option: string): boolean {
  return option === "help" || option === "version";
}

/** The error of a tool, preceded by `Error - `, as in the originals. */
export function toolFailure(
  code: ConfigErrorCode,
  text: string,
  warnings: WarningCollector,
  where = "",
): ConfigError {
  return new ConfigError(code, text, { where, exitCode: EXIT_CODE, warnings: warnings.list() });
}

function parseArguments(
  argv: readonly Argument[],
  program: ProgramHelp,
  warnings: WarningCollector,
): ParsedArgument[] {
  try {
    const table = optionTable(program.table, program.switches);
    return parseWords(argumentWords(argv), table, { letterEquals: "separator", refusesEmpty: false });
  } catch (cause) {
    if (!(cause instanceof BadArgument)) throw cause;
    const name = toUtf8(cause.option.replace(/^-(?!-)/, ""));
    const text = cause.kind === "unknown" ? `No such option: \`${excerpt(name)}'` : cause.message;
    throw toolFailure("BAD_LINE", text, warnings, cause.where);
  }
}

function wordsOf(parsed: readonly ParsedArgument[]): GivenWord[] {
  return parsed.flatMap((one) =>
    one.kind === "stray" && one.text !== "--" ? [{ text: one.text, hidden: one.hidden }] : [],
  );
}

function collect(
  parsed: readonly ParsedArgument[],
  warnings: WarningCollector,
  options: readonly string[],
): Map<string, Entry[]> {
  const words = [...options];
  const given = new Map<string, Entry[]>();
  for (const one of parsed) {
    const option = one.kind === "stray" ? words.shift() : one.option;
    if (option === undefined) {
      warnOfStray(one, warnings);
      continue;
    }
    const entry: Entry = { text: one.text, where: one.where, folder: undefined };
    const entries = given.get(option);
    if (entries === undefined) given.set(option, [entry]);
    else entries.push(entry);
  }
  return given;
}

function warnOfStray(one: ParsedArgument, warnings: WarningCollector): void {
  if (one.kind !== "stray") return;
  const word = one.hidden ? "(hidden)" : excerpt(one.text.split("=", 1)[0] ?? "");
  const hint = one.meant === undefined ? "" : `; write ${one.meant}`;
  warnings.add("warn", `'${word}' is not an option, ignored${hint}`, one.where);
}
