import { describe, expect, test } from "vitest";
import { ADDRESS, compileWithEngine, counts, hasCompiler, LIMIT_MS, THREAD } from "./native-program.ts";

const SANITIZERS = [
  ["addresses and undefined behaviour", ADDRESS],
  ["threads", THREAD],
] as const;
const PLUGINS = 300;

// compiling takes most of the time
describe.runIf(hasCompiler)("with sanitizers", { timeout: 2 * LIMIT_MS }, () => {
  test.for(SANITIZERS)("a storm of plugins: %s", ([, flags]) => {
    const told = counts(compileWithEngine("stress.cc", flags), [String(PLUGINS)]);
    expect(told.started).toBe(3 * (PLUGINS + PLUGINS / 5));
    for (const kind of ["exited", "signaled", "failed", "timedOut", "aborted"])
      expect(told[kind], kind).toBeGreaterThan(0);
  });

  test("memory runs out at each place: refused or failed, never lost, and it goes on", () => {
    const told = counts(compileWithEngine("no-memory.cc", ADDRESS, ["-Wl,--wrap=realloc"]));
    expect(told.asked).toBe(3000);
    expect(told.refused).toBeGreaterThan(0);
    expect(told.withoutMemory).toBeGreaterThan(0);
    expect(told.exited).toBeGreaterThan(1000);
  });

  test.for(SANITIZERS)("a lane that hangs keeps nothing from going on and from ending: %s", ([, flags]) => {
    const program = compileWithEngine("stuck-lane.cc", flags, ["-Wl,--wrap=pipe2"]);
    for (const place of ["call", "loop"])
      expect(counts(program, [place])).toMatchObject({ exited: 40, killed: 1 });
  });

  test("a plugin that reads its own pipe does not stop its lane", () => {
    const told = counts(compileWithEngine("stolen-output.cc", ADDRESS, ["-Wl,--wrap=read"]));
    expect(told).toMatchObject({ stolen: 6, timedOut: 1, exited: 1, bytes: 5 });
  });

  test("an exit status that is lost is never 0", () => {
    const told = counts(compileWithEngine("lost-status.cc", ADDRESS));
    expect(told).toMatchObject({ started: 16, exited: 0, signaled: 0, lost: 12 });
  });
});
