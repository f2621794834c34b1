import type { z } from "zod";
import { alsoInModuleFile, alsoInWorkerFile } from "../src/foreign-keys.ts";
import type { OptionTable } from "../src/option-row.ts";
import type { ForeignKey } from "../src/program.ts";
import { gearmandSchema } from "../src/schemas/gearmand.ts";
import { moduleSchema } from "../src/schemas/module.ts";
import { sendGearmanSchema, sendMultiSchema } from "../src/schemas/sender.ts";
import { workerSchema } from "../src/schemas/worker.ts";
import { bashCompletion } from "./bash-completion.ts";
import { ENVIRONMENT_INTRO, environmentTable } from "./environment-page.ts";
import { type ForeignNames, foreignNames } from "./foreign-names.ts";
import { jsonSchema } from "./json-schema.ts";
import { manPage } from "./man-page.ts";
import { manuals } from "./manuals/all.ts";
import type { Manual } from "./manuals/manual.ts";
import { MODULE_OPTIONS } from "./manuals/module.ts";
import { optionTable } from "./option-table.ts";
import { tableOf } from "./programs.ts";
import { zshCompletion } from "./zsh-completion.ts";

/** A generated file below docs. */
export interface GeneratedFile {
  readonly name: string;
  readonly text: string;
}

const WIDTH = 120;
const GENERATED = "Generated from the schema in packages/config; do not edit.";
const VARIABLES = "Options may also be given as [environment variables](environment.md).";

/** Configuration files: the schema of each, and keys of other programs that it may hold. */
const names = foreignNames();
const files: readonly { name: string; schema: z.ZodObject; foreign: readonly string[] }[] = [
  { name: "gearmand", schema: gearmandSchema, foreign: [] },
  { name: "module", schema: moduleSchema, foreign: allNames(names.module, alsoInModuleFile) },
  { name: "send_gearman", schema: sendGearmanSchema, foreign: allNames(names.sender) },
  { name: "send_multi", schema: sendMultiSchema, foreign: allNames(names.sender) },
  { name: "worker", schema: workerSchema, foreign: allNames(names.worker, alsoInWorkerFile) },
];

/** Everything that is generated out of the schemas. */
export function documents(): GeneratedFile[] {
  return [
    ...manuals.map((one) => ({ name: `options/${tableName(one)}`, text: optionsOf(one) })),
    {
      name: "options/module.md",
      text: page("Options of the broker module and its bridge", MODULE_OPTIONS, tableOf(moduleSchema)),
    },
    { name: "options/environment.md", text: environmentPage() },
    ...manuals.map((one) => ({ name: `man/${one.name}.${one.section}`, text: manPage(one, manuals) })),
    ...manuals.map((one) => ({ name: `completions/bash/${one.name}`, text: bashCompletion(one) })),
    ...manuals.map((one) => ({ name: `completions/zsh/_${one.name}`, text: zshCompletion(one) })),
    ...files.map(({ name, schema, foreign }) => ({
      name: `schema/${name}.json`,
      text: `${JSON.stringify(jsonSchema(schema, foreign), undefined, 2)}\n`,
    })),
  ];
}

function allNames({ values, switches }: ForeignNames, also: readonly ForeignKey[] = []): string[] {
  return [...also.flatMap(({ names }) => names), ...values, ...switches];
}

/** `worker.md` for mod_gearman_worker. */
function tableName(manual: Manual): string {
  return `${manual.name.replace(/^mod_gearman_/, "")}.md`;
}

function optionsOf(manual: Manual): string {
  const linked = manual.options.map((text) =>
    text.replace("an option of the module", "an [option of the module](module.md)"),
  );
  return page(`Options of ${manual.name}`, linked, manual.help.table, manual.givenTwice);
}

function environmentPage(): string {
  const parts = [
    "# Options as environment variables",
    ...ENVIRONMENT_INTRO.map(wrap),
    environmentTable().join("\n"),
    GENERATED,
  ];
  return `${parts.join("\n\n")}\n`;
}

function page(title: string, intro: readonly string[], table: OptionTable, givenTwice?: string): string {
  const parts = [
    `# ${title}`,
    ...intro.map(wrap),
    optionTable(table, givenTwice).join("\n"),
    VARIABLES,
    GENERATED,
  ];
  return `${parts.join("\n\n")}\n`;
}

/** Lines of at most {@link WIDTH} characters, broken at blanks. */
function wrap(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}
