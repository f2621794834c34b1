// @module-tag slow
import { describe, expect, test } from "vitest";
import {
  ADDRESS,
  compileWithEngine,
  counts,
  hasCompiler,
  LIMIT_MS,
  openSsl,
  printed,
  THREAD,
} from "./native-program.ts";

const SANITIZERS = [
  ["addresses and undefined behaviour", ADDRESS],
  ["threads", THREAD],
] as const;
const PLUGINS = 300;

// compiling takes most of the time
describe.runIf(hasCompiler)("with sanitizers", { timeout: 2 * LIMIT_MS }, () => {
  test.for(SANITIZERS)("many plugins at once: %s", ([, flags]) => {
    const numbers = counts(compileWithEngine("stress.cc", flags), [String(PLUGINS)]);
    expect(numbers.started).toBe(3 * (PLUGINS + PLUGINS / 5));
    for (const kind of ["exited", "signaled", "failed", "timedOut", "aborted"])
      expect(numbers[kind], kind).toBeGreaterThan(0);
  });

  test("memory is exhausted at each allocation: refused or failed, never lost, and work continues", () => {
    const numbers = counts(compileWithEngine("no-memory.cc", ADDRESS, ["-Wl,--wrap=realloc"]));
    expect(numbers.asked).toBe(3000);
    expect(numbers.refused).toBeGreaterThan(0);
    expect(numbers.withoutMemory).toBeGreaterThan(0);
    expect(numbers.exited).toBeGreaterThan(1000);
  });

  test.for(SANITIZERS)("a hanging lane prevents neither other work nor the end: %s", ([, flags]) => {
    const program = compileWithEngine("stuck-lane.cc", flags, ["-Wl,--wrap=pipe2"]);
    for (const place of ["call", "loop"])
      expect(counts(program, [place])).toMatchObject({ exited: 40, killed: 1 });
  });

  test("a plugin that reads its own pipe does not block its lane", () => {
    const numbers = counts(compileWithEngine("stolen-output.cc", ADDRESS, ["-Wl,--wrap=read"]));
    expect(numbers).toMatchObject({ stolen: 6, timedOut: 1, exited: 1, bytes: 5 });
  });

  test.runIf(openSsl !== undefined)(
    "the cipher opens what was sealed, and no other tag, length, nonce or key",
    () => {
      const program = compileWithEngine("cipher.cc", ADDRESS, ["-Wl,--no-as-needed", openSsl ?? ""]);
      expect(printed(program)).toEqual({ sealed: 104, opened: 208, refused: 104 * 21 - 1 });
    },
  );

  test("a lost exit status is never 0", () => {
    const numbers = counts(compileWithEngine("lost-status.cc", ADDRESS));
    expect(numbers).toMatchObject({ started: 16, exited: 0, signaled: 0, lost: 12 });
  });
});
