import { existsSync, readFileSync } from "node:fs";

/** Non-empty lines of a text file; none if it does not exist. */
export function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
}
