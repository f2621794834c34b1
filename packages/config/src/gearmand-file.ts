import type { Word } from "./getopt.ts";
import { linesOf } from "./grammar.ts";

/** Words of a configuration file: split at white space, `#` starts a comment. Source: job-server.md 4. */
export function fileWords(content: Buffer, path: string): Word[] {
  return linesOf(content).flatMap((line, index) =>
    (line.split("#", 1)[0] ?? "")
      .split(/[ \t\r\v\f]+/)
      .filter((text) => text !== "")
      .map((text) => ({ text, where: `${path}:${index + 1}` })),
  );
}
