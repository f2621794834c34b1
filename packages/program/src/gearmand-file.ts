import { linesOf, type WarningCollector } from "@mod-gearman/config";
import type { Word } from "./getopt.ts";

/**
 * Words of a configuration file: split at white space, `#` starts a comment. One within a word, a password for example, is
 * warned about. Source: job-server.md 4.
 */
export function fileWords(content: Buffer, path: string, warnings: WarningCollector): Word[] {
  return linesOf(content).flatMap((line, index) => {
    const where = `${path}:${index + 1}`;
    const [said = ""] = line.split("#", 1);
    if (said.length < line.length && /[^ \t\r\v\f]$/.test(said))
      warnings.advise("warn", `'#' at byte ${said.length + 1} ends the line within a word`, where);
    return said
      .split(/[ \t\r\v\f]+/)
      .filter((text) => text !== "")
      .map((text) => ({ text, where }));
  });
}
