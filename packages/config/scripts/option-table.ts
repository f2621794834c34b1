import type { FullMeta, OptionTable } from "../src/option-row.ts";
import { optionsOf } from "../src/program.ts";

/**
 * Rows of the option table in docs/options, Markdown, header included.
 *
 * @param givenTwice what becomes of an option that is given twice and is not a list
 */
export function optionTable(table: OptionTable, givenTwice = "last wins"): string[] {
  const rows = optionsOf(table).map(({ option, meta }) => [
    `${code(option)}${spellingsOf(meta)}`,
    meta.argument === "" ? "switch" : code(meta.argument),
    meta.default === "none" || meta.argument === "" ? "" : defaultOf(meta.default),
    meta.list ? "adds up" : givenTwice,
    meta.help,
  ]);
  const header = ["Option (other spellings)", "Value", "Default", "Given twice", "Meaning"];
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`);
}

function spellingsOf(meta: FullMeta): string {
  const spellings = [...meta.aliases, ...[...(meta.short ?? "")].map((letter) => `-${letter}`)];
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
