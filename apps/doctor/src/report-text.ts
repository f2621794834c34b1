import { escapeControls, printableLatin1 } from "@mod-gearman/base";
import { AREAS, type Area, type Finding, type Report } from "./finding.ts";

const RED = "\x1b[31m";
const YELLOW = "\x1b[33m";
const PLAIN = "\x1b[0m";
const MAX_TEXT = 1000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const ASCII_CONTROLS = /[\u0000-\u001f\u007f]/g;

/** 0 nothing found, 1 warnings only, 2 something critical, 3 nothing could be looked at. */
export function exitCodeOf({ findings, looks }: Report): number {
  if (findings.some(({ level }) => level === "critical")) return 2;
  if (findings.length > 0) return 1;
  return looks === 0 ? 3 : 0;
}

const STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];

/**
 * The report as the output of a plugin: one line with performance data, then each finding with its meaning and advice.
 *
 * @param isLong true: facts and what could not be looked at in full
 */
export function printText(
  report: Report,
  isLong: boolean,
  { hasColours }: { readonly hasColours: boolean },
): string {
  const { findings, skipped, facts } = report;
  const lines = [summary(report)];
  for (const finding of ordered(findings)) lines.push(...blockOf(finding, hasColours));
  const isHop = ({ area }: { readonly area: Area }): boolean => area === "forms";
  const hops = facts.filter(isHop).map(({ name, text }) => `  ${clean(name)}: ${clean(text)}`);
  if (hops.length > 0) lines.push("Hops:", ...hops);
  for (const { area, name, text } of isLong ? facts.filter((fact) => !isHop(fact)) : [])
    lines.push(`${area}: ${clean(name)}: ${clean(text)}`);
  if (skipped.length > 0)
    lines.push("Not looked at:", ...skipped.map(({ area, why }) => `  [${area}] ${clean(why)}`));
  return `${lines.join("\n")}\n`;
}

/** The report as JSON; docs/operations.md says what is in it. */
export function printJson(report: Report, version: string): string {
  const { findings, skipped, facts, looks } = report;
  const state = STATES[exitCodeOf(report)];
  return `${JSON.stringify({ version, state, looks, findings: ordered(findings), skipped, facts }, undefined, 2)}\n`;
}

function summary(report: Report): string {
  const { findings, looks } = report;
  const critical = findings.filter(({ level }) => level === "critical").length;
  const warnings = findings.length - critical;
  const state = STATES[exitCodeOf(report)];
  const [first] = ordered(findings);
  const text =
    looks === 0
      ? "nothing could be looked at"
      : first === undefined
        ? `nothing wrong in ${looks} things looked at`
        : `${critical} critical, ${warnings} warnings: ${clean(first.what).replaceAll("|", "/")}`;
  return `mod_gearman_doctor ${state} - ${text}|critical=${critical} warnings=${warnings} looks=${looks}`;
}

function blockOf({ area, id, level, what, meaning, advice }: Finding, hasColours: boolean): string[] {
  const word = level === "critical" ? "CRITICAL" : "WARNING";
  const colour = level === "critical" ? RED : YELLOW;
  const shown = hasColours ? `${colour}${word}${PLAIN}` : word;
  return [
    `${shown} [${area}] ${clean(what)} (${id})`,
    `  means: ${clean(meaning)}`,
    `  do: ${clean(advice)}`,
  ];
}

/** The critical ones first, then by area. */
function ordered(findings: readonly Finding[]): Finding[] {
  const rank = ({ level, area }: Finding) => (level === "critical" ? 0 : AREAS.length) + AREAS.indexOf(area);
  return findings.toSorted((one, other) => rank(one) - rank(other));
}

/** Texts of peers and files, which are bytes, stay within their line; whole characters of UTF-8 stay what they are. */
function clean(text: string): string {
  const cut = text.length > MAX_TEXT ? ` (+${text.length - MAX_TEXT} characters)` : "";
  return printableLatin1(text.slice(0, MAX_TEXT).replace(ASCII_CONTROLS, escapeControls)) + cut;
}
