import { moduleSchema } from "../src/module.ts";
import type { OptionSchema } from "../src/program.ts";
import { bashCompletion } from "./bash-completion.ts";
import { manPage } from "./man-page.ts";
import { manuals } from "./manuals/all.ts";
import type { Manual } from "./manuals/manual.ts";
import { MODULE_OPTIONS } from "./manuals/module.ts";
import { optionTable } from "./option-table.ts";
import { zshCompletion } from "./zsh-completion.ts";

/** A generated file below docs. */
export interface GeneratedFile {
  readonly name: string;
  readonly text: string;
}

const WIDTH = 120;

/** Everything that is generated out of the schemas. */
export function documents(): GeneratedFile[] {
  return [
    ...manuals.map((one) => ({ name: `options/${tableName(one)}`, text: optionsOf(one) })),
    {
      name: "options/module.md",
      text: table("Options of the broker module and its bridge", MODULE_OPTIONS, moduleSchema),
    },
    ...manuals.map((one) => ({ name: `man/${one.name}.${one.section}`, text: manPage(one, manuals) })),
    ...manuals.map((one) => ({ name: `completions/bash/${one.name}`, text: bashCompletion(one) })),
    ...manuals.map((one) => ({ name: `completions/zsh/_${one.name}`, text: zshCompletion(one) })),
  ];
}

/** `worker.md` for mod_gearman_worker. */
function tableName(manual: Manual): string {
  return `${manual.name.replace(/^mod_gearman_/, "")}.md`;
}

function optionsOf(manual: Manual): string {
  const linked = manual.options.map((text) =>
    text.replace("an option of the module", "an [option of the module](module.md)"),
  );
  return table(`Options of ${manual.name}`, linked, manual.help.schema, manual.givenTwice);
}

function table(title: string, intro: readonly string[], schema: OptionSchema, givenTwice?: string): string {
  const parts = [
    `# ${title}`,
    ...intro.map(wrap),
    optionTable(schema, givenTwice).join("\n"),
    "Generated from the schema in packages/config; do not edit.",
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
