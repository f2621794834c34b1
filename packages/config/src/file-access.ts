import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { FileStats, LoadDeps } from "./loaded.ts";
import { readFile } from "./read-file.ts";

/** The machine's files, for programs that do not ask for its name: that would take another module of Node to load. */
export const fileAccess: LoadDeps = {
  readFile: (path) => readFile(path),
  readDir: (path) => readdirSync(path).map((name) => ({ name, isDirectory: isDirectory(join(path, name)) })),
  isDirectory,
  statsOf,
};

/** Follows links, as the originals do; what cannot be looked at is left to the one who reads it. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function statsOf(path: string): FileStats | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats : undefined;
  } catch {
    return undefined;
  }
}
