import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Non-empty lines of a text file; none if it does not exist. */
export function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
}

/** Paths of the files of a folder and those below it, with the folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
