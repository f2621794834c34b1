import { readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import type { FileStats, LoadDeps } from "./loaded.ts";
import { readFile } from "./read-file.ts";

/** Files of the machine. Without its host name, which would load another module of Node. */
export const fileAccess: LoadDeps = {
  readFile: (path) => readFile(path),
  readDir: (path) => readdirSync(path).map((name) => ({ name, isDirectory: isDirectory(join(path, name)) })),
  isDirectory,
  statsOf: (path) => existing(path, (stats) => stats.isFile()),
  folderStatsOf: (path) => existing(path, (stats) => stats.isDirectory()),
};

/** Follows links, as the originals do. False for a path that cannot be examined: the reader reports that. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function existing(path: string, isWanted: (stats: Stats) => boolean): FileStats | undefined {
  try {
    const stats = statSync(path);
    return isWanted(stats) ? stats : undefined;
  } catch {
    return undefined;
  }
}
