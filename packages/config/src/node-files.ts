import { readdirSync, readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { LoadDeps } from "./loaded.ts";

/** The machine's files and name. Pass `env` yourself where it is wanted: `{ ...nodeFiles, env: process.env }`. */
export const nodeFiles: LoadDeps = {
  readFile: (path) => readFileSync(path),
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
