import { readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const ROOT: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Folders that are built, installed or fetched. */
const SKIPPED = new Set([
  "node_modules",
  "dist",
  "build",
  "prebuilds",
  ".git",
  ".tools",
  ".turbo",
  "coverage",
]);
const TEXTS = new Set([
  ...[
    ".md",
    ".ts",
    ".tsx",
    ".mts",
    ".mjs",
    ".js",
    ".c",
    ".h",
    ".cc",
    ".pl",
    ".pm",
    ".t",
    ".sh",
    ".yaml",
    ".yml",
  ],
]);

/** A file written by hand. */
export interface TextFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** All documentation, code and scripts of the repository, sorted by path; no data, no generated files. */
export function textFiles(): TextFile[] {
  return paths(ROOT)
    .filter((path) => TEXTS.has(extname(path)) || path === ".ci/run" || path.endsWith("/Makefile"))
    .sort()
    .map((path) => ({ path, text: read(path) }));
}

/** @throws Error if the file does not exist */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

function paths(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : paths(path);
    return entry.isFile() ? [relative(ROOT, path)] : [];
  });
}

/** Line of `text` that the character at `offset` is in, 1…. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
