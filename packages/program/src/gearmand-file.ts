import { linesOf, type WarningCollector } from "@mod-gearman/config";
import type { Word } from "./getopt.ts";

/**
 * Words of a configuration file: split at white space, `#` starts a comment. A `#` within a word, for
 * example a password, is reported. Source: job-server.md 4.
 */
export function fileWords(content: Buffer, path: string, warnings: WarningCollector): Word[] {
  return linesOf(content).flatMap((line, index) => {
    const where = `${path}:${index + 1}`;
    const [content = ""] = line.split("#", 1);
    if (content.length < line.length && /[^ \t\r\v\f]$/.test(content))
      warnings.advise("warn", `'#' at byte ${content.length + 1} ends the line within a word`, where);
    return content
      .split(/[ \t\r\v\f]+/)
      .filter((text) => text !== "")
      .map((text) => ({ text, where }));
  });
}
