import { excerpt } from "./excerpt.ts";
import { BadValue, type Entry } from "./given.ts";
import type { OptionMeta } from "./option-row.ts";
import type { WarningCollector } from "./warning-collector.ts";

/** Unfilled templates and variables; a name may contain one. */
const UNFILLED = /\$[A-Za-z_]\w*|\$[{(]|\{\{|%[A-Za-z_]\w*%|<[A-Za-z_][^<>]*>/;
/** A key that consists of one; a random key may contain any of these characters. */
const UNFILLED_KEY =
  /^(?:\$[A-Z_][A-Z0-9_]*|\$\{[^}]*\}|\$\([^)]*\)|\{\{.*\}\}|%[A-Za-z_]\w*%|<[A-Za-z_][^<>]*>)$/s;

/**
 * Warns about values of one option that are probably mistakes: unfilled templates, and an empty value that leaves the
 * default in effect.
 *
 * @param refusesEmptyNumbers true if an empty number among the arguments is an error
 * @throws BadValue
 */
export function adviseOnEntries(
  option: string,
  row: OptionMeta,
  entries: readonly Entry[],
  warnings: WarningCollector,
  refusesEmptyNumbers: boolean,
): void {
  for (const { text = "", where } of entries) {
    if (row.secret === true && UNFILLED_KEY.test(text))
      warnings.advise(
        "warn",
        `${option} looks like a template that was not filled in (${text.length} bytes)`,
        where,
      );
    else if (row.isName === true && UNFILLED.test(text))
      warnings.advise(
        "warn",
        `${option}: '${excerpt(text)}' looks like a template that was not filled in`,
        where,
      );
  }
  const last = entries.at(-1);
  if (last?.text !== "" || row.empty === "value") return;
  if (row.isNumber === true && refusesEmptyNumbers && !isInFile(last.where))
    throw new BadValue(`${option}: the value is empty`, last.where);
  const isUnset = row.list !== true || entries.every(({ text }) => text === "");
  if (isUnset && row.default !== undefined && row.default !== "none")
    warnings.advise("warn", `${option}: the value is empty, the default (${row.default}) stays`, last.where);
}

export function adviseOnLog(
  { logmode, logfile }: { readonly logmode: string; readonly logfile: string | undefined },
  sources: ReadonlyMap<string, string>,
  warnings: WarningCollector,
  instead: string,
): void {
  if (logmode === "file" && logfile === undefined)
    warnings.advise(
      "warn",
      `logmode=file has no effect without logfile: ${instead}`,
      sources.get("logmode") ?? "",
    );
}

export function isInFile(where: string): boolean {
  return /:[0-9]+$/.test(where);
}
