// @module-tag slow
import { describe, expect, test } from "vitest";
import { compile, compileWithEngine, hasCompiler, LIMIT_MS, printed } from "./native-program.ts";

const COUNTED = ["-fsanitize-coverage=trace-pc"];
/** Twice the ratio of linear growth: n log n is below, quadratic growth far above. */
const MAX_RATIO = 16;

describe.runIf(hasCompiler)("many-assignments", { timeout: 2 * LIMIT_MS }, () => {
  test("work does not grow quadratically with the size of a command or output", () => {
    const counter = compile("work-counter.c", ["-xc", "-c"]);
    const isPure = (name: string) => ["output.cc", "request.cc"].includes(name);
    const program = compileWithEngine("work.cc", COUNTED, ["-xnone", counter, "-xc++"], isPure);
    const ratios = printed(program);
    expect(Object.keys(ratios)).toEqual(["different", "equal", "long", "descending", "output"]);
    for (const [name, ratio] of Object.entries(ratios)) expect(ratio, name).toBeLessThan(MAX_RATIO);
  });
});
