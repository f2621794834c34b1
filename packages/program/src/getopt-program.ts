import {
  ConfigError,
  type ConfigErrorCode,
  type Entry,
  effectiveOf,
  helpText,
  type Loaded,
  Notes,
  type OptionSchema,
  type ProgramHelp,
  parseGiven,
  quotable,
  sourcesOf,
  toUtf8,
  type Values,
} from "@mod-gearman/config";
import { argumentWords, BadArgument, parseWords, type Spoken, vocabularyOf } from "./getopt.ts";
import type { Argument } from "./raw-arguments.ts";

/** Exit code of check_gearman and gearman_top for arguments that cannot be used. Source: tools.md 3.1, T15. */
const EXIT_CODE = 3;
/** The same with `--check-config`. */
const EXIT_CHECK = 2;

/** Settings while they are worked on. */
export interface Draft<S extends OptionSchema> {
  readonly values: Values<S>;
  readonly sources: Map<string, string>;
  readonly notes: Notes;
}

/**
 * Settings of a program with getopt grammar: letters that may be clustered, long words on top. `-H=host` is
 * `-H host`, because the help of the originals writes it so.
 *
 * @param program its help, which names schema and switches
 * @param prepare adds to what was given before the schema sees it
 * @param finish values that depend on others, and what has to be there; its result are the options
 * @throws ConfigError with exit code 3, or 2 with `--check-config`; `help` is set
 */
export function loadGetopt<S extends OptionSchema, T>(
  argv: readonly Argument[],
  program: ProgramHelp & { readonly schema: S },
  finish: (draft: Draft<S>) => T,
  prepare: (given: Map<string, Entry[]>) => void = () => undefined,
): Loaded<T> | { readonly help: string } | { readonly version: true } {
  const notes = new Notes();
  let checkConfig = argv.includes("--check-config");
  try {
    const spoken = speak(argv, program, notes);
    const asked = spoken.find((one) => one.kind === "option" && isRequest(one.option));
    if (asked?.kind === "option" && asked.option === "help") return { help: helpText(program) };
    if (asked !== undefined) return { version: true };
    checkConfig = spoken.some((one) => one.kind === "option" && one.option === "check-config");
    const given = collect(spoken, notes);
    prepare(given);
    const { schema } = program;
    const values = parseGiven({ schema, exitCode: EXIT_CODE, refusesEmptyNumbers: true }, given, notes);
    const sources = sourcesOf(schema, given);
    const options = finish({ values, sources, notes });
    return {
      options,
      warnings: notes.list(),
      sources,
      get effective() {
        return effectiveOf(schema, values, sources);
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

/** The error of a tool; `Error - ` comes in front, as in the originals. */
export function toolFailure(code: ConfigErrorCode, text: string, notes: Notes, where = ""): ConfigError {
  return new ConfigError(code, text, { where, exitCode: EXIT_CODE, warnings: notes.list() });
}

function speak(argv: readonly Argument[], program: ProgramHelp, notes: Notes): Spoken[] {
  try {
    const vocabulary = vocabularyOf(program.schema, program.switches);
    return parseWords(argumentWords(argv), vocabulary, { letterEquals: "separator", refusesEmpty: false });
  } catch (cause) {
    if (!(cause instanceof BadArgument)) throw cause;
    const name = toUtf8(cause.option.replace(/^-(?!-)/, ""));
    const text = cause.kind === "unknown" ? `No such option: \`${quotable(name)}'` : cause.message;
    throw toolFailure("BAD_LINE", text, notes, cause.where);
  }
}

function collect(spoken: readonly Spoken[], notes: Notes): Map<string, Entry[]> {
  const given = new Map<string, Entry[]>();
  for (const one of spoken) {
    if (one.kind === "stray") {
      const word = one.hidden ? "(hidden)" : quotable(one.text.split("=", 1)[0] ?? "");
      const hint = one.meant === undefined ? "" : `; write ${one.meant}`;
      notes.add("warn", `'${word}' is not an option, ignored${hint}`, one.where);
      continue;
    }
    const entry: Entry = { text: one.text, where: one.where, folder: undefined };
    const entries = given.get(one.option);
    if (entries === undefined) given.set(one.option, [entry]);
    else entries.push(entry);
  }
  return given;
}
