import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished } from "vitest";

const packageFolder = new URL("..", import.meta.url).pathname;
const native = join(packageFolder, "src/native");
/** These need Node; the rest is the engine. */
const ADDON_ONLY = new Set(["addon.cc", "engine_object.cc", "gcm_object.cc"]);
const WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"];
const CPP = ["-std=c++17", "-O1", "-g", "-pthread"];

const compiler = process.env.CXX ?? "g++";
/** Whether there is a compiler. */
export const hasCompiler = spawnSync(compiler, ["--version"]).status === 0;
/** The library that has the functions which Node exports; undefined where there is none. */
export const openSsl: string | undefined = /=> (\S*\/libcrypto\.so\.3)$/m.exec(
  spawnSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" }).stdout ?? "",
)?.[1];
/** Flags of the sanitizers. */
export const ADDRESS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"];
export const THREAD = ["-fsanitize=thread"];
/** Time for one program to run. */
export const LIMIT_MS = 240_000;

/** A folder until the end of the test, open to all users. */
export function testFolder(): string {
  const folder = makeFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mod-gearman-addon-"));
  execFileSync("chmod", ["755", folder]);
  return folder;
}

/** Compiles one file of test/native. @returns the program */
export function compile(source: string, flags: readonly string[], folder = testFolder()): string {
  const program = join(folder, source.replace(/\.\w+$/, ""));
  execFileSync(compiler, [...WARNINGS, ...flags, join(packageFolder, "test/native", source), "-o", program]);
  return program;
}

/** Folders with the objects of the engine, by flags: compiling takes longer than all tests. */
const engines = new Map<string, string>();
afterAll(() => {
  for (const folder of engines.values()) rmSync(folder, { recursive: true });
  engines.clear();
});

function engineObjects(flags: readonly string[], isWanted: (source: string) => boolean): string[] {
  const key = flags.join(" ");
  let folder = engines.get(key);
  if (folder === undefined) {
    folder = makeFolder();
    engines.set(key, folder);
    const names = readdirSync(native).filter((name) => name.endsWith(".cc") && isWanted(name));
    const sources = names.map((name) => join(native, name));
    execFileSync(compiler, [...WARNINGS, ...CPP, ...flags, "-c", ...sources], { cwd: folder });
  }
  const parent = folder;
  return readdirSync(parent).map((name) => join(parent, name));
}

/** Compiles one file of test/native together with the engine, or a part of it. @returns the program */
export function compileWithEngine(
  source: string,
  flags: readonly string[],
  linkFlags: readonly string[] = [],
  isWanted = (name: string) => !ADDON_ONLY.has(name),
): string {
  const objects = engineObjects(flags, isWanted);
  return compile(source, [...CPP, ...flags, ...objects, ...linkFlags]);
}

/** Compiles the whole addon with one more file of test/native. */
export function compileAddon(source: string, target: string, flags: readonly string[]): void {
  const names = readdirSync(native).filter((name) => name.endsWith(".cc"));
  const sources = [...names.map((name) => join(native, name)), join(packageFolder, "test/native", source)];
  const macros = ["-DNAPI_VERSION=9", "-DNAPI_CPP_EXCEPTIONS", "-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL"];
  const shared = ["-std=c++17", "-O0", "-fPIC", "-shared", "-pthread", "-DNODE_GYP_MODULE_NAME=tested"];
  execFileSync(compiler, [...shared, ...macros, ...flags, ...sources, "-o", target]);
}

/**
 * ThreadSanitizer of older compilers cannot start with the address layout of newer kernels (mmap_rnd_bits
 * above 28).
 */
const NO_ROOM = /ThreadSanitizer: unexpected memory mapping/;
const UNSCATTERED = "setarch";

function run(program: string, args: readonly string[]) {
  const options = { encoding: "utf8", timeout: LIMIT_MS } as const;
  const end = spawnSync(program, args, options);
  return NO_ROOM.test(end.stderr) ? spawnSync(UNSCATTERED, ["-R", program, ...args], options) : end;
}

/** Resolves when it has ended. @returns the numbers that it prints */
export function printed(program: string, args: readonly string[] = []): Record<string, number> {
  const { status, stdout, stderr } = run(program, args);
  expect(stderr).toBe("");
  expect(stdout).not.toMatch(/children left/);
  expect(status).toBe(0);
  return Object.fromEntries([...stdout.matchAll(/(\w+) (\d+)/g)].map(([, name, n]) => [name, Number(n)]));
}

/** As {@link printed}, for a program that checks at its end for remaining descriptors and children. */
export function counts(program: string, args: readonly string[] = []): Record<string, number> {
  const numbers = printed(program, args);
  expect(numbers.descriptors).toBe(0);
  return numbers;
}
