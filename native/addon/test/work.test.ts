// @module-tag slow
import { describe, expect, test } from "vitest";
import { compile, compileWithEngine, hasCompiler, LIMIT_MS, printed } from "./native-program.ts";

const COUNTED = ["-fsanitize-coverage=trace-pc"];
/** Twice the ratio of what is linear: n log n is below, what is quadratic far above. */
const MAX_RATIO = 16;

describe.runIf(hasCompiler)("many-assignments", { timeout: 2 * LIMIT_MS }, () => {
  test("the work does not grow with the square of what a command or a plugin brings", () => {
    const counter = compile("work-counter.c", ["-xc", "-c"]);
    const isPure = (name: string) => ["output.cc", "request.cc"].includes(name);
    const program = compileWithEngine("work.cc", COUNTED, ["-xnone", counter, "-xc++"], isPure);
    const ratios = printed(program);
    expect(Object.keys(ratios)).toEqual(["different", "equal", "long", "descending", "output"]);
    for (const [name, ratio] of Object.entries(ratios)) expect(ratio, name).toBeLessThan(MAX_RATIO);
  });
});
