import { argumentOf } from "../src/help.ts";
import type { FullMeta, OptionTable } from "../src/option-row.ts";
import { optionsOf } from "../src/program.ts";
import { environmentRows } from "./environment-page.ts";
import type { Manual, Row } from "./manuals/manual.ts";

/** Constant, so that the page changes only with the text. */
const DATE = "2026-11-21";

/** Man page in roff, for the `man` macros. */
export function manPage(manual: Manual, others: readonly Manual[]): string {
  const { name, section } = manual;
  const lines = [
    '.\\" Generated from the schema in packages/config; do not edit.',
    `.TH ${name.toUpperCase()} ${section} ${DATE} "Mod-Gearman for TypeScript" "Mod-Gearman"`,
    ".ad l",
    ".SH NAME",
    `${name} \\- ${toRoff(manual.title)}`,
    ".SH SYNOPSIS",
    ...manual.help.usage.flatMap((usage, index) => [...(index === 0 ? [] : [".br"]), bold(usage)]),
    ".SH DESCRIPTION",
    ...paragraphs(manual.description),
    ".SH OPTIONS",
    ...paragraphs(manual.options),
    ...optionRows(manual.help.table, manual.help.dashes),
    ...rows(manual.help.switches.map((one): Row => [one.words.join(", "), one.help])),
    ...furtherOptions(manual),
    ".SH EXIT STATUS",
    ...rows(manual.exit),
    ...rowSection("SIGNALS", manual.signals),
    ...rowSection("ENVIRONMENT", [...(manual.environment ?? []), ...environmentRows(manual.variables)]),
    ...rowSection("FILES", manual.files),
    ".SH EXAMPLES",
    ...manual.examples.flatMap(([text, command], index) => [
      ...(index === 0 ? [] : [".PP"]),
      inline(text),
      ".PP",
      ".EX",
      bold(command),
      ".EE",
    ]),
    ".SH SEE ALSO",
    ...others.filter((one) => one.name !== name).map(reference),
  ];
  return `${lines.join("\n")}\n`;
}

function reference(other: Manual, index: number, all: readonly Manual[]): string {
  const end = index === all.length - 1 ? "" : " ,";
  return `.BR ${other.name} (${other.section})${end.trim()}`;
}

function furtherOptions({ further }: Manual): string[] {
  if (further === undefined) return [];
  return [
    `.SH ${further.title}`,
    ...paragraphs(further.text.split("\n\n")),
    ...optionRows(further.table, "--"),
  ];
}

function rowSection(title: string, content: readonly Row[] | undefined): string[] {
  return content === undefined ? [] : [`.SH ${title}`, ...rows(content)];
}

function optionRows(table: OptionTable, dashes: string): string[] {
  return optionsOf(table)
    .filter(({ meta }) => !meta.hidden)
    .flatMap(({ option, meta }) => [
      ".TP",
      bold(`${letters(meta)}${dashes}${option}${argumentOf(meta)}`),
      inline(meta.help),
      ...notes(meta, dashes).map((note) => `.br\n${inline(note)}`),
    ]);
}

function letters(meta: FullMeta): string {
  return [...(meta.short ?? "")].map((letter) => `-${letter}, `).join("");
}

/** What the table has in further columns. */
function notes(meta: FullMeta, dashes: string): string[] {
  const spellings = meta.aliases.map((alias) => `\`${alias.length === 1 ? "-" : dashes}${alias}\``);
  const initial = meta.default === "none" || meta.argument === "" ? [] : [`Default: ${meta.default}`];
  return [...initial, ...(spellings.length === 0 ? [] : [`Also ${spellings.join(", ")}.`])];
}

function rows(content: readonly Row[]): string[] {
  return content.flatMap(([word, text]) => [".TP", bold(word), inline(text)]);
}

function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text, index) => [...(index === 0 ? [] : [".PP"]), inline(text)]);
}

function bold(text: string): string {
  return `\\fB${toRoff(text)}\\fR`;
}

/** Text with words between backticks in bold; a new sentence starts a line, as roff wants it. */
function inline(text: string): string {
  return text
    .split(/(?<=[.:;])(?<!\b[a-z]\.) (?=[A-Z`])/)
    .map((sentence) =>
      sentence
        .split(/`([^`]+)`/)
        .map((part, index) => (index % 2 === 1 ? bold(part) : toRoff(part)))
        .join(""),
    )
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line))
    .join("\n");
}

const GLYPHS: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  "…": "...",
};

/** Characters that roff would read as its own, or print as typographic ones. */
function toRoff(text: string): string {
  return text.replace(/[\\\-'`^~…]/g, (character) => GLYPHS[character] ?? character);
}
