import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { runCompiled } from "../src/compiled-program.ts";

const HASH = "0123456789abcdef".repeat(4);
const withHash = (source: string, hash = HASH): string => `${source}\n// ${hash}\n`;

interface Setup {
  readonly source?: string;
  readonly env?: Record<string, string>;
}

/** A program in a folder of its own, and a user with a cache. */
function setUp(
  context: TestContext,
  { source = withHash("globalThis.ran(add(2));\nfunction add(n) { return n + 1 }"), env = {} }: Setup = {},
) {
  const folder = tmpFolder(context);
  const cache = join(folder, "cache");
  mkdirSync(cache);
  const path = join(folder, "program.js");
  writeFileSync(path, source);
  const results: unknown[] = [];
  return {
    folder,
    path,
    results,
    kept: () =>
      readdirSync(cache, { recursive: true, withFileTypes: true })
        .filter((one) => one.isFile())
        .map((one) => join(one.parentPath, one.name)),
    /** One run, with its end. */
    run: () => {
      const ends: (() => void)[] = [];
      Object.assign(globalThis, { ran: (result: unknown) => results.push(result) });
      runCompiled(path, {
        env: { XDG_CACHE_HOME: cache, ...env },
        geteuid: () => process.geteuid?.() ?? 0,
        pid: 4711,
        version: "v1.2.3",
        on: (_event, end) => ends.push(end),
      });
      for (const end of ends) end();
    },
  };
}

const runsOf = (file: string): string => readFileSync(file, "latin1").slice(0, 1);

test("the first five runs keep what they have compiled, for this user only", (context) => {
  const { path, run, kept, results } = setUp(context);
  const counts: string[] = [];
  for (let n = 0; n < 7; n++) {
    run();
    counts.push(runsOf(kept()[0] ?? ""));
  }
  expect(results).toEqual([3, 3, 3, 3, 3, 3, 3]);
  expect(counts.join("")).toBe("1234555");
  expect(kept()).toEqual([expect.stringMatching(/\/mod-gearman\/v1\.2\.3\+.*\+program\.js$/)]);
  expect(statSync(kept()[0] ?? path).mode & 0o777).toBe(0o600);
});

test.for<[string, (path: string) => void]>([
  ["its content, of the same length, with another hash", (path) => change(path, "n + 2", "f".repeat(64))],
  ["its content, of the same length, at another time", (path) => change(path, "n + 2")],
  ["its length", (path) => change(path, "n + 02")],
])("code of another program is not run: changed is %s", ([, edit], context) => {
  const { path, run, results, kept } = setUp(context);
  run();
  edit(path);
  run();
  expect(results).toEqual([3, 4]);
  expect(kept().map(runsOf)).toEqual(["1"]);
});

function change(path: string, sum: string, hash?: string): void {
  const { mtime } = statSync(path);
  const source = readFileSync(path, "utf8").replace("n + 1", sum);
  writeFileSync(path, hash === undefined ? source : source.replace(HASH, hash));
  utimesSync(path, mtime, hash === undefined ? new Date(0) : mtime);
}

/** A run in a process of its own: V8 compiles the same text once for each process. */
function runAlone({ folder, path }: { folder: string; path: string }): string {
  const start = `const { runCompiled } = await import(process.argv[1]);
globalThis.ran = console.log;
runCompiled(process.argv[2], process);`;
  const module = fileURLToPath(new URL("../src/compiled-program.ts", import.meta.url));
  const args = ["--conditions=source", "--input-type=module", "--eval", start, module, path];
  return execFileSync(process.execPath, args, {
    env: { XDG_CACHE_HOME: join(folder, "cache") },
    encoding: "utf8",
  });
}

test.for<[string, (content: Buffer) => Buffer]>([
  ["empty", () => Buffer.alloc(0)],
  ["without code", (content) => content.subarray(0, content.indexOf("\n") + 1)],
  ["cut", (content) => content.subarray(0, content.length - 100)],
  ["of another V8", (content) => Buffer.from(content).fill(0x55, content.indexOf("\n") + 1)],
  ["no file of ours", () => Buffer.from("something else\n")],
])("a kept file that is %s is replaced", ([, damage], context) => {
  const program = setUp(context);
  expect(runAlone(program)).toBe("3\n");
  expect(runAlone(program)).toBe("3\n");
  const [file = ""] = program.kept();
  expect(runsOf(file)).toBe("2");
  writeFileSync(file, damage(readFileSync(file)));
  expect(runAlone(program)).toBe("3\n");
  expect(program.kept().map(runsOf)).toEqual(["1"]);
});

test("files beside it are required once, and their code is kept too", (context) => {
  const { folder, run, results, kept } = setUp(context, {
    source: withHash(
      'globalThis.ran([require("./part.js").one, require("./part.js").one, require("node:path").sep]);',
    ),
  });
  writeFileSync(
    join(folder, "part.js"),
    withHash("globalThis.ran(__filename.length > __dirname.length); exports.one = 1;"),
  );
  run();
  expect(results).toEqual([true, [1, 1, "/"]]);
  expect(kept()).toHaveLength(2);
});

test.for<[string, Setup]>([
  ["a source without hash", { source: "globalThis.ran(3)" }],
  ["NODE_DISABLE_COMPILE_CACHE", { env: { NODE_DISABLE_COMPILE_CACHE: "1" } }],
  ["a cache that is missing", { env: { XDG_CACHE_HOME: "/nonexistent/cache" } }],
])("nothing is kept with %s", ([, setup], context) => {
  const { run, results, kept } = setUp(context, setup);
  run();
  expect([results, kept()]).toEqual([[3], []]);
});

test("a full or read-only folder is no error, and nothing is left there", (context) => {
  const { run, results, kept, folder } = setUp(context);
  mkdirSync(join(folder, "cache/mod-gearman"), { mode: 0o700 });
  const name = `v1.2.3${join(folder, "program.js").replaceAll("/", "+")}`;
  mkdirSync(join(folder, "cache/mod-gearman", name)); // cannot be read, nor be replaced by a file
  run();
  expect([results, kept()]).toEqual([[3], []]);
});

test("errors name file and line", (context) => {
  const { run, path } = setUp(context, { source: withHash('\nthrow new Error("here")') });
  let stack = "";
  try {
    run();
  } catch (error) {
    stack = (error as Error).stack ?? "";
  }
  expect(stack).toContain(`${path}:2:7`);
});
