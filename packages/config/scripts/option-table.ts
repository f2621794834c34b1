import type { FieldMeta } from "../src/fields.ts";
import { type OptionSchema, optionsOf } from "../src/program.ts";

/**
 * Rows of the option table in docs/options, Markdown, header included.
 *
 * @param givenTwice what becomes of an option that is given twice and is no list
 */
export function optionTable(schema: OptionSchema, givenTwice = "last wins"): string[] {
  const rows = optionsOf(schema).map(({ option, facts }) => [
    `${code(option)}${spellingsOf(facts)}`,
    facts.argument === "" ? "switch" : code(facts.argument),
    facts.default === "none" || facts.argument === "" ? "" : defaultOf(facts.default),
    facts.list ? "adds up" : givenTwice,
    facts.help,
  ]);
  const header = ["Option (other spellings)", "Value", "Default", "Given twice", "Meaning"];
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`);
}

function spellingsOf(facts: FieldMeta): string {
  const spellings = [...facts.aliases, ...[...(facts.short ?? "")].map((letter) => `-${letter}`)];
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
