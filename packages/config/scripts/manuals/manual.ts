import type { EnvironmentRules } from "../../src/environment-rules.ts";
import type { ProgramHelp } from "../../src/help.ts";
import type { FullMeta, OptionTable } from "../../src/option-row.ts";
import { optionsOf } from "../../src/program.ts";

/** A word and its explanation. */
export type Row = readonly [word: string, text: string];

/** How the words of a command line are put together, for completions. */
interface Grammar {
  /** `--name value` is as good as `--name=value`. */
  readonly separate: boolean;
  /** Words beside the options. */
  readonly words?: readonly string[];
}

/** Options of another program that this one takes too. */
interface Further {
  readonly title: string;
  readonly text: string;
  readonly table: OptionTable;
}

/**
 * Texts about a program that are not in its schema. Source of man page, option table and completions. Words between backticks are literal.
 */
export interface Manual {
  /** Name of the command. */
  readonly name: string;
  /** Section of the man page. */
  readonly section: 1 | 8;
  /** Half a sentence behind the name. */
  readonly title: string;
  readonly help: ProgramHelp;
  readonly grammar: Grammar;
  readonly description: readonly string[];
  /** How options are written; begins the option table too. */
  readonly options: readonly string[];
  /** What becomes of an option that is given twice and is not a list. Default: "last wins". */
  readonly givenTwice?: string;
  readonly further?: Further;
  readonly exit: readonly Row[];
  readonly signals?: readonly Row[];
  readonly environment?: readonly Row[];
  /** Variables that are options. */
  readonly variables: EnvironmentRules;
  readonly files?: readonly Row[];
  /** Explanation and command. */
  readonly examples: readonly Row[];
}

/** Rows about `--check-config` for the exit codes. */
export const CHECK_CONFIG_EXIT = "With `--check-config`: the settings cannot be used. 0 if they can.";

/** Every option of a program, those of another program that it takes too included. */
export function allOptions(manual: Manual): { option: string; meta: FullMeta }[] {
  const { help, further } = manual;
  return [help.table, ...(further === undefined ? [] : [further.table])].flatMap(optionsOf);
}
