import { isResourceShortage } from "@mod-gearman/base";
import { FlagError, type FlagKind, type FlagSet, flagValue } from "./flags.ts";
import { readSmallFile } from "./small-file.ts";

/**
 * Reads the file of `-config`: lines of `name value` or `name=value`; lines that start with `#` are comments.
 *
 * The file is read as the user of this process and its content must not reach the output: an error contains
 * the line number and quotes nothing.
 *
 * @param flags permitted names, without the dashes
 * @throws an error with the `code` of a resource shortage if the machine is the cause; any other with a text
 * to show
 * Source: `check_nsc_web: pkg/checknscweb/check.go`.
 */
export async function readNscWebConfig(
  path: string,
  flags: FlagSet,
  aliases: Readonly<Record<string, string>>,
): Promise<Map<string, string>> {
  try {
    return parseConfig((await readSmallFile(path)).toString(), flags, aliases);
  } catch (error) {
    if (isResourceShortage((error as NodeJS.ErrnoException).code)) throw error;
    throw new Error(`failed to parse config file: ${(error as Error).message}`);
  }
}

/** @throws Error with the number of the line */
function parseConfig(
  content: string,
  flags: FlagSet,
  aliases: Readonly<Record<string, string>>,
): Map<string, string> {
  const values = new Map<string, string>();
  content.split(/\r?\n/).forEach((line, index) => {
    if (line === "" || line.startsWith("#")) return;
    const [, given = "", separator = "", value = ""] = /^([^= ]*)([= ]?)(.*)$/s.exec(line) ?? [];
    const name = Object.hasOwn(aliases, given) ? (aliases[given] ?? "") : given;
    const kind = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (kind === undefined) throw new Error(`line ${index + 1}: variable provided but not defined`);
    values.set(name, parseValue(kind, kind === "switch" && separator === "" ? "true" : value, index + 1));
  });
  return values;
}

/** @throws Error with the number of the line */
function parseValue(kind: FlagKind, text: string, line: number): string {
  try {
    return flagValue(kind, text, "");
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    throw new Error(`line ${line}: invalid ${kind === "switch" ? "boolean value" : "value"}: parse error`);
  }
}
