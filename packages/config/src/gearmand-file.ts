import type { Word } from "./getopt.ts";

/** Words of a configuration file: split at white space, `#` starts a comment. Source: job-server.md 4. */
export function fileWords(content: Buffer, path: string): Word[] {
  return content
    .toString("latin1")
    .split("\n")
    .flatMap((line, index) =>
      (line.split("#", 1)[0] ?? "")
        .split(/[ \t\r\v\f]+/)
        .filter((text) => text !== "")
        .map((text) => ({ text, where: `${path}:${index + 1}` })),
    );
}
