import { describe, expect, test } from "vitest";
import { runSender } from "../src/sender-program.ts";
import { memoryFiles } from "./memory-files.ts";

async function run(program: "send_gearman" | "send_multi", argv: readonly string[]) {
  const printed: string[] = [];
  const told: string[] = [];
  const sent: string[] = [];
  const code = await runSender(
    program,
    argv,
    {
      files: memoryFiles({}),
      print: (text) => printed.push(text),
      printError: (line) => told.push(line),
      version: "1.2.3",
      runtime: "node v24",
    },
    ({ servers }) => {
      sent.push(...servers.map(({ host }) => host));
      return Promise.resolve(42);
    },
  );
  return { code, printed: printed.join(""), told, sent };
}

describe.for(["send_gearman", "send_multi"] as const)("%s", (program) => {
  test("help and version", async () => {
    expect(await run(program, ["--version"])).toEqual({
      code: 3,
      printed: `${program}: version 1.2.3 running on node v24\n\n`,
      told: [],
      sent: [],
    });
    const help = await run(program, ["--help"]);
    expect(help).toMatchObject({ code: 3, told: [], sent: [] });
    expect(help.printed).toMatch(/^usage: /i);
  });

  test("settings in effect: nothing is sent", async () => {
    const checked = await run(program, ["--server=a", "--host=h", "--check-config"]);
    expect(checked).toMatchObject({ code: 0, told: [], sent: [] });
    expect(checked.printed).toMatch(/^Options that were set:\n/);
  });

  test("warnings first, then the work and its exit code", async () => {
    const done = await run(program, ["--server=a", "--host=h", "--nonsense=1"]);
    expect(done).toEqual({ code: 42, printed: "", told: ["unknown option 'nonsense'"], sent: ["a"] });
  });

  test("bad settings: warnings, the mistake, then the usage", async () => {
    const failed = await run(program, ["--server=a", "--host=h", "--nonsense=1", "--encryption=yes"]);
    expect(failed).toMatchObject({ code: 3, printed: "", sent: [] });
    expect(failed.told.slice(0, 2)).toEqual([
      "unknown option 'nonsense'",
      expect.stringMatching(/^no encryption key provided/),
    ]);
    expect(failed.told[2]).toMatch(/^usage: /i);
  });
});
