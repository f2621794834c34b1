import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const room = new URL("..", import.meta.url).pathname;
/** These need Node; the rest is the engine. */
const ADDON_ONLY = new Set(["addon.cc", "engine_object.cc"]);
const WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"];

const compiler = process.env.CXX ?? "g++";
/** Whether there is a compiler. */
export const hasCompiler = spawnSync(compiler, ["--version"]).status === 0;

/** A folder until the end of the test, open to everybody. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mod-gearman-addon-"));
  execFileSync("chmod", ["755", folder]);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Compiles one file of test/native. @returns the program */
export function compile(source: string, flags: readonly string[], folder = testFolder()): string {
  const program = join(folder, source.replace(/\.\w+$/, ""));
  execFileSync(compiler, [...WARNINGS, ...flags, join(room, "test/native", source), "-o", program]);
  return program;
}

/** Compiles one file of test/native together with the engine. @returns the program */
export function compileWithEngine(source: string, flags: readonly string[]): string {
  const native = join(room, "src/native");
  const sources = readdirSync(native).filter((name) => name.endsWith(".cc") && !ADDON_ONLY.has(name));
  const files = sources.map((name) => join(native, name));
  return compile(source, ["-std=c++17", "-O1", "-g", "-pthread", ...flags, ...files]);
}
