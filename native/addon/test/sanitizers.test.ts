import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { compileWithEngine, hasCompiler } from "./native-program.ts";

const ADDRESS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"];
const LIMIT_MS = 240_000;

/** The sanitizer of threads of older compilers cannot start where a newer kernel puts things (mmap_rnd_bits above 28). */
const NO_ROOM = /ThreadSanitizer: unexpected memory mapping/;
const UNSCATTERED = "setarch";

function run(program: string, args: readonly string[]) {
  const options = { encoding: "utf8", timeout: LIMIT_MS } as const;
  const end = spawnSync(program, args, options);
  return NO_ROOM.test(end.stderr) ? spawnSync(UNSCATTERED, ["-R", program, ...args], options) : end;
}

/** Runs it to its end. @returns the numbers it prints */
function counts(program: string, plugins: readonly string[] = []): Record<string, number> {
  const { status, stdout, stderr } = run(program, plugins);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/ descriptors 0 children none\n$/);
  expect(status).toBe(0);
  return Object.fromEntries([...stdout.matchAll(/(\w+) (\d+)/g)].map(([, name, n]) => [name, Number(n)]));
}

// compiling takes most of the time
describe.runIf(hasCompiler)("with sanitizers", { timeout: 2 * LIMIT_MS }, () => {
  test.for([
    ["addresses and undefined behaviour", ADDRESS, 300],
    ["threads", ["-fsanitize=thread"], 300],
  ] as const)("a storm of plugins: %s", ([, flags, plugins]) => {
    const told = counts(compileWithEngine("stress.cc", flags), [String(plugins)]);
    expect(told.started).toBe(3 * (plugins + plugins / 5));
    for (const kind of ["exited", "signaled", "failed", "timedOut", "aborted"])
      expect(told[kind], kind).toBeGreaterThan(0);
  });

  test("memory runs out at each place: refused or failed, never lost, and it goes on", () => {
    const told = counts(compileWithEngine("no-memory.cc", [...ADDRESS, "-Wl,--wrap=realloc"]));
    expect(told.asked).toBe(3000);
    expect(told.refused).toBeGreaterThan(0);
    expect(told.withoutMemory).toBeGreaterThan(0);
    expect(told.exited).toBeGreaterThan(1000);
  });
});
