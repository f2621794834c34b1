import type { OptionMeta, OptionTable } from "./option-row.ts";

/** A word of the command line that is not a setting. */
export interface Switch {
  /** All spellings, dashes included. */
  readonly words: readonly string[];
  readonly help: string;
}

export interface ProgramHelp {
  /** Forms of the command line. */
  readonly usage: readonly string[];
  /** Prefix of an option's name. */
  readonly dashes: "" | "--";
  readonly table: OptionTable;
  readonly switches: readonly Switch[];
}

const COLUMN = 34;

export function helpText(program: ProgramHelp): string {
  const options = Object.entries(program.table)
    .filter(([, row]) => row.hidden !== true)
    .map(([option, row]): [string, string] => [usageOf(program, option, row), describe(row)]);
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
function usageOf(program: ProgramHelp, option: string, meta: OptionMeta): string {
  const letters = [...(meta.short ?? "")].map((letter) => `-${letter}, `).join("");
  return `${letters}${program.dashes}${option}${argumentOf(meta)}`;
}

/** Text after the name: `=VALUE`, `[=VALUE]`, or nothing for a switch. */
export function argumentOf(meta: OptionMeta): string {
  if (meta.argument === "") return "";
  return meta.optional === true ? `[=${meta.argument}]` : `=${meta.argument}`;
}

function describe(meta: OptionMeta): string {
  const { help, argument, default: initial = "none" } = meta;
  return initial === "none" || argument === "" ? help : `${help} Default: ${initial}`;
}
