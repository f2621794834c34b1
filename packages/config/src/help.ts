import type { FieldMeta } from "./fields.ts";
import { type OptionSchema, optionsOf } from "./program.ts";

/** A word of the command line that is no setting. */
export interface Switch {
  /** All spellings, dashes included. */
  readonly words: readonly string[];
  readonly help: string;
}

/** What `--help` of a program is made of. It stands beside the schema, so that a program carries its own only. */
export interface ProgramHelp {
  /** Forms of the command line. */
  readonly usage: readonly string[];
  /** What stands before an option's name. */
  readonly dashes: "" | "--";
  readonly schema: OptionSchema;
  readonly switches: readonly Switch[];
}

const COLUMN = 34;

/** Text of `--help`, ending in a line feed. */
export function helpText(program: ProgramHelp): string {
  const options = optionsOf(program.schema)
    .filter(({ facts }) => !facts.hidden)
    .map(({ option, facts }): [string, string] => [usageOf(program, option, facts), describe(facts)]);
  const switches = program.switches.map((one): [string, string] => [one.words.join(", "), one.help]);
  const lines = [...options, ...switches].flatMap(([left, right]) => helpLines(left, right));
  return `Usage: ${program.usage.join("\n       ")}\n\n${lines.join("\n")}\n`;
}

function helpLines(left: string, right: string): string[] {
  const indented = `  ${left}`;
  return indented.length < COLUMN
    ? [`${indented.padEnd(COLUMN)}${right}`]
    : [indented, `${" ".repeat(COLUMN)}${right}`];
}

/** `-x, --name=VALUE`. */
function usageOf(program: ProgramHelp, option: string, facts: FieldMeta): string {
  const letters = [...(facts.short ?? "")].map((letter) => `-${letter}, `).join("");
  return `${letters}${program.dashes}${option}${argumentOf(facts)}`;
}

/** What follows the name: `=VALUE`, `[=VALUE]`, or nothing for a switch. */
export function argumentOf(facts: FieldMeta): string {
  if (facts.argument === "") return "";
  return facts.optional === true ? `[=${facts.argument}]` : `=${facts.argument}`;
}

function describe(facts: FieldMeta): string {
  return facts.default === "none" || facts.argument === ""
    ? facts.help
    : `${facts.help} Default: ${facts.default}`;
}
