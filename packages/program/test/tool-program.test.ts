import { ConfigError, type Loaded } from "@mod-gearman/config";
import { expect, test } from "vitest";
import { runTool, type ToolProgram } from "../src/tool-program.ts";

const loaded = (checkConfig: boolean): Loaded<{ verbose: boolean }> => ({
  options: { verbose: false },
  warnings: [{ text: "a word is not known", where: "-x", level: "warn" }],
  sources: new Map(),
  effective: [{ option: "verbose", value: "no", where: "default" }],
  checkConfig,
});

async function call(isPlugin: boolean, load: ToolProgram<{ verbose: boolean }>["load"]) {
  const written = { stdout: "", stderr: "" };
  const exitCode = await runTool({
    ...{ name: "tool", isPlugin, version: "1.2", runtime: "node", load },
    run: () => Promise.resolve(7),
    hops: () => ["a hop"],
    print: (text) => {
      written.stdout += text;
    },
    complain: (text) => {
      written.stderr += text;
    },
  });
  return { exitCode, ...written };
}

test.for([
  [true, 3, "\n"],
  [false, 0, ""],
] as const)("help and version, plugin: %s", async ([isPlugin, exitCode, end]) => {
  expect(await call(isPlugin, () => ({ help: "how it works\n" }))).toEqual({
    ...{ exitCode, stdout: "how it works\n", stderr: "" },
  });
  expect(await call(isPlugin, () => ({ version: true }))).toEqual({
    ...{ exitCode, stdout: `tool: version 1.2 running on node\n${end}`, stderr: "" },
  });
});

test("the settings in effect, and the work with its warnings", async () => {
  const checked = await call(true, () => loaded(true));
  expect(checked.exitCode).toBe(0);
  expect(checked.stdout).toContain("verbose = no");
  expect(checked.stdout).toContain("a hop");
  expect(await call(false, () => loaded(false))).toEqual({
    ...{ exitCode: 7, stdout: "", stderr: "Warnings: 1\n  -x: a word is not known\n" },
  });
});

test.for(["stdout", "stderr"] as const)("wrong arguments are said at %s", async (stream) => {
  const called = await call(stream === "stdout", () => {
    throw new ConfigError("BAD_LINE", "Error - what?", {
      exitCode: 3,
      help: "usage",
      where: "",
      warnings: [],
    });
  });
  expect(called).toEqual({ exitCode: 3, stdout: "", stderr: "", [stream]: "Error - what?\n\nusage" });
});

test("another error is a defect", async () => {
  const load = (): never => {
    throw new Error("defect");
  };
  await expect(call(true, load)).rejects.toThrow("defect");
});
