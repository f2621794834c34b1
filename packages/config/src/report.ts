import { printable } from "@mod-gearman/base";
import type { EffectiveValue, Loaded, Warning } from "./loaded.ts";

/**
 * Output of `--check-config`: every option in effect with its source, and the warnings. Secrets are shown by length
 * only. Ends in a line feed.
 *
 * @param hops which form each hop speaks and who cannot be verified, one line each
 */
export function checkConfigReport(
  loaded: Pick<Loaded<unknown>, "effective" | "warnings">,
  hops: readonly string[] = [],
): string {
  const given = loaded.effective.filter((one) => one.where !== "default");
  const rest = loaded.effective.filter((one) => one.where === "default");
  const width = Math.max(0, ...loaded.effective.map((one) => one.option.length));
  const lines = [
    "Options that were set:",
    ...given.map((one) => `${row(one, width)}  (${one.where})`),
    "",
    "Options at their default:",
    ...rest.map((one) => row(one, width)),
    "",
    ...(hops.length === 0 ? [] : ["Hops:", ...hops.map((hop) => `  ${hop}`), ""]),
    ...warningLines(loaded.warnings),
  ];
  return `${lines.map((line) => printable(line)).join("\n")}\n`;
}

/** The warnings of a configuration, also of a failed one; one line each. */
export function warningLines(warnings: readonly Warning[]): string[] {
  const shown = warnings.filter((one) => one.level !== "debug");
  if (shown.length === 0) return ["No warnings."];
  return [
    `Warnings: ${shown.length}`,
    ...shown.map((one) => (one.where === "" ? `  ${one.text}` : `  ${one.where}: ${one.text}`)),
  ];
}

/**
 * Warnings that a repeatedly called program prints at each call: without advice, unless details were requested.
 *
 * @param isVerbose `debug`, `-v`
 */
export function callWarnings(warnings: readonly Warning[], isVerbose: boolean): Warning[] {
  return warnings.filter(({ level, isAdvice }) => level !== "debug" && (isVerbose || isAdvice !== true));
}

function row(one: EffectiveValue, width: number): string {
  return `  ${one.option.padEnd(width)} = ${one.value}`;
}
