import { bridgeSchema } from "./bridge.ts";
import type { FieldMeta } from "./fields.ts";
import { gearmandSchema } from "./gearmand.ts";
import { moduleSchema } from "./module.ts";
import { type OptionSchema, optionsOf } from "./program.ts";
import { workerSchema } from "./worker.ts";

/** Programs that have options; `module` is what stands on the core's `broker_module=` line. */
export type ProgramName = "module" | "worker" | "gearmand" | "bridge";

const SCHEMAS: Record<ProgramName, OptionSchema> = {
  module: moduleSchema,
  worker: workerSchema,
  gearmand: gearmandSchema,
  bridge: bridgeSchema,
};

const USAGE: Record<ProgramName, string> = {
  module: "broker_module=PATH/mod_gearman.o [KEY=VALUE]...",
  worker:
    "mod_gearman_worker [--OPTION[=VALUE]]...\n       mod_gearman_worker [--OPTION[=VALUE]]... testcmd COMMAND [ARGUMENT]...",
  gearmand: "gearmand [OPTION]...",
  bridge: "mod_gearman_bridge [--OPTION[=VALUE]]... [--MODULE_KEY[=VALUE]]...",
};

/** Switches of the command line that are no settings. */
const SWITCHES: Record<ProgramName, [string, string][]> = {
  module: [],
  worker: [
    ["--check-config", "Show the settings in effect, then end."],
    ["-h, --help", "Show this text."],
    ["-V, --version", "Show the version."],
  ],
  gearmand: [
    ["--check-config", "Show the settings in effect, then end."],
    ["-h, --help", "Show this text."],
    ["-V, --version", "Show the version."],
  ],
  bridge: [
    ["-h, --help", "Show this text."],
    ["-V, --version", "Show the version."],
  ],
};

const COLUMN = 34;

/** Text of `--help`, ending in a line feed. */
export function helpText(program: ProgramName): string {
  const options = optionsOf(SCHEMAS[program])
    .filter(({ facts }) => !facts.hidden)
    .map(({ option, facts }): [string, string] => [usageOf(program, option, facts), describe(facts)]);
  const lines = [...options, ...SWITCHES[program]].flatMap(([left, right]) => helpLines(left, right));
  return `Usage: ${USAGE[program]}\n\n${lines.join("\n")}\n`;
}

function helpLines(left: string, right: string): string[] {
  const indented = `  ${left}`;
  return indented.length < COLUMN
    ? [`${indented.padEnd(COLUMN)}${right}`]
    : [indented, `${" ".repeat(COLUMN)}${right}`];
}

function usageOf(program: ProgramName, option: string, facts: FieldMeta): string {
  const dashes = program === "module" ? "" : "--";
  const letter = facts.short === undefined ? "" : `-${facts.short}, `;
  return `${letter}${dashes}${option}${facts.argument === "" ? "" : `=${facts.argument}`}`;
}

function describe(facts: FieldMeta): string {
  return facts.default === "none" || facts.argument === ""
    ? facts.help
    : `${facts.help} Default: ${facts.default}`;
}

/** Rows of the option table in docs/options, Markdown, header included. */
export function docRows(program: ProgramName): string[] {
  const rows = optionsOf(SCHEMAS[program]).map(({ option, facts }) => [
    `${code(option)}${aliasesOf(facts)}`,
    facts.argument === "" ? "switch" : code(facts.argument),
    facts.default === "none" || facts.argument === "" ? "" : defaultOf(facts.default),
    facts.list ? "adds up" : "last wins",
    facts.help,
  ]);
  const header = ["Option (other spellings)", "Value", "Default", "Given twice", "Meaning"];
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`);
}

function aliasesOf(facts: FieldMeta): string {
  const spellings = [...facts.aliases, ...(facts.short === undefined ? [] : [`-${facts.short}`])];
  return spellings.length === 0 ? "" : ` (${spellings.map(code).join(", ")})`;
}

/** A literal default as code, a described one as text. */
function defaultOf(text: string): string {
  return text.includes(" ") ? text : code(text);
}

/** A value with a backtick needs a longer fence. */
function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
