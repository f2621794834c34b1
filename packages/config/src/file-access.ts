import { lstatSync, readdirSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { FileStats, LinkStats, LoadDeps } from "./loaded.ts";
import { readFile } from "./read-file.ts";

/** Files of the machine. Without its host name, which would load another module of Node. */
export const fileAccess: LoadDeps = {
  readFile: (path) => readFile(path),
  readDir: (path) => readdirSync(path).map((name) => ({ name, isDirectory: isDirectory(join(path, name)) })),
  isDirectory,
  statsOf: (path) => existing(path, (stats) => stats.isFile()),
  folderStatsOf: (path) => existing(path, (stats) => stats.isDirectory()),
  linkOf,
};

/** Follows links, as the originals do. False for a path that cannot be examined: the reader reports that. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function linkOf(path: string): LinkStats | undefined {
  try {
    const stats = lstatSync(path);
    if (!stats.isSymbolicLink()) return undefined;
    return { target: resolve(realpathSync(dirname(path)), readlinkSync(path)), uid: stats.uid };
  } catch {
    return undefined;
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
