import { describe, expect, test } from "vitest";
import { runSender } from "../src/sender-program.ts";
import { memoryFiles } from "./memory-files.ts";

async function run(
  program: "send_gearman" | "send_multi",
  argv: readonly string[],
  files: Record<string, string> = {},
) {
  const printed: string[] = [];
  const errors: string[] = [];
  const sent: string[] = [];
  const code = await runSender(
    program,
    {
      argv,
      files: memoryFiles(files),
      print: (text) => printed.push(text),
      printError: (line) => errors.push(line),
      version: "1.2.3",
      runtime: "node v24",
    },
    ({ servers }) => {
      sent.push(...servers.map(({ host }) => host));
      return Promise.resolve(42);
    },
  );
  return { code, printed: printed.join(""), errors, sent };
}

describe.for(["send_gearman", "send_multi"] as const)("%s", (program) => {
  test("help and version", async () => {
    expect(await run(program, ["--version"])).toEqual({
      code: 3,
      printed: `${program}: version 1.2.3 running on node v24\n\n`,
      errors: [],
      sent: [],
    });
    const help = await run(program, ["--help"]);
    expect(help).toMatchObject({ code: 3, errors: [], sent: [] });
    expect(help.printed).toMatch(/^usage: /i);
  });

  test("settings in effect: nothing is sent", async () => {
    const checked = await run(program, ["--server=a", "--host=h", "--check-config"]);
    expect(checked).toMatchObject({ code: 0, errors: [], sent: [] });
    expect(checked.printed).toMatch(/^Options that were set:\n/);
  });

  test("warnings first, then the result and its exit code", async () => {
    const done = await run(program, ["--server=a", "--host=h", "--nonsense=1"]);
    expect(done).toEqual({ code: 42, printed: "", errors: ["unknown option 'nonsense'"], sent: ["a"] });
  });

  // each of these would cause a mail at every run by cron
  test.for<[name: string, argv: string[], file: string, text: string]>([
    ["short-key", ["--key=abcdefghijkl"], "", "encryption key is shorter than 16 bytes"],
    ["the key of the samples", ["--key=should_be_changed"], "", "that of the sample configuration"],
    ["key and key file", ["--key=x", "--keyfile=/k"], "", "both key and keyfile are set"],
    ["hash-in-key", [], "key=0123456789abcdef#ghij", "key: the line ends at '#'"],
    ["comment-behind-value", [], "result_queue=a # b", "result_queue: the line ends at '#'"],
    ["unrendered-template", ["--result_queue={{ q }}"], "", "looks like a template"],
    ["an empty value", ["--result_queue="], "", "result_queue: the value is empty"],
  ])("%s: advice is given with --check-config and debug only", async ([, argv, file, text]) => {
    const files = { "/c": `${file}\n`, "/k": "a password in a file\n" };
    const given = ["--server=a", "--host=h", "--encryption=yes", "--config=/c", ...argv];
    if (!argv.some((one) => one.startsWith("--key")) && !file.startsWith("key=")) given.push("--keyfile=/k");
    expect((await run(program, given, files)).errors).toEqual([]);
    expect((await run(program, [...given, "--debug=1"], files)).errors).toEqual([
      expect.stringContaining(text),
    ]);
    const checked = await run(program, [...given, "--check-config"], files);
    expect(checked.printed).toContain(text);
    expect(checked.printed).not.toContain("No warnings.");
  });

  test("a key below 8 bytes is reported at every call, as in the original", async () => {
    const argv = ["--server=a", "--host=h", "--encryption=yes", "--key=abcdefg"];
    expect((await run(program, argv)).errors).toEqual(["encryption key should be at least 8 bytes!"]);
  });

  test("bad settings: warnings, the error, then the usage", async () => {
    const failed = await run(program, ["--server=a", "--host=h", "--nonsense=1", "--encryption=yes"]);
    expect(failed).toMatchObject({ code: 3, printed: "", sent: [] });
    expect(failed.errors.slice(0, 2)).toEqual([
      "unknown option 'nonsense'",
      expect.stringMatching(/^no encryption key provided/),
    ]);
    expect(failed.errors[2]).toMatch(/^usage: /i);
  });
});
