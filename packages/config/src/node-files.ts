import { readdirSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { LoadDeps } from "./loaded.ts";
import { readFile } from "./read-file.ts";

/** The machine's files and name. Pass `env` yourself where it is wanted: `{ ...nodeFiles, env: process.env }`. */
export const nodeFiles: LoadDeps = {
  readFile: (path) => readFile(path),
  readDir: (path) => readdirSync(path).map((name) => ({ name, isDirectory: isDirectory(join(path, name)) })),
  isDirectory,
  hostname,
};

/** Follows links, as the originals do; what cannot be looked at is left to the one who reads it. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
