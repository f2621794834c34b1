import { expect, test } from "vitest";
import { Plugin } from "./plugin.ts";

test.for<[string, string[], string]>([
  ["no server", [], "Error - no hostname given\n\nUsage: check_gearman -H "],
  ["no queue", ["-H", "a", "-s", "x"], "Error - need queue (-q) when sending job\n\nUsage: "],
  ["unknown option", ["-z"], "Error - No such option: `z'\n\nUsage: "],
  [
    "bad pattern",
    ["-H", "a", "--include", "("],
    "Error - include: '(' is not a regular expression\n\nUsage: ",
  ],
  ["help", ["-h"], "Usage: check_gearman -H "],
  ["version", ["-V"], "check_gearman: version 1.2.3 running on node v24\n\n"],
])("%s: on standard output, exit code 3", async ([, argv, begin]) => {
  const plugin = new Plugin();
  expect(await plugin.run(...argv)).toBe(3);
  expect(plugin.stdout.slice(0, begin.length)).toBe(begin);
  expect(plugin.stderr).toBe("");
});

test.for([
  ["one server", ["größe:1"], "failed to connect to address größe and port 1: Connection refused"],
  ["two servers", ["größe:1", "h€st:1"], "h€st:1: failed to connect to address h€st and port 1"],
  ["no UTF-8", ["h\ufffdst:1"], "failed to connect to address h\ufffdst and port 1"],
] as const)("a name that is not ASCII is printed as UTF-8: %s", async ([, names, text]) => {
  const plugin = new Plugin();
  await plugin.run(...names.flatMap((name) => ["-H", name]));
  expect(Buffer.from(plugin.stdout, "latin1").toString("utf8")).toContain(text);
});

test("--check-config prints the settings and contacts no server", async () => {
  const plugin = new Plugin();
  expect(await plugin.run("-H", "a", "--key=very secret words", "--check-config")).toBe(0);
  expect(plugin.stdout).toMatch(/host\s+= a:4730 {2}\(command line\)/);
  expect(plugin.stdout).not.toContain("very secret");
});

test("short-key: reported with --check-config and -v only", async () => {
  const key = "--key=abcdefghijkl";
  const said = "encryption key is shorter than 16 bytes";
  const silent = new Plugin();
  await silent.run("-H", "a:1", key);
  expect(silent.stderr).toBe("");
  const verbose = new Plugin();
  await verbose.run("-H", "a:1", "-v", key);
  expect(verbose.stderr).toContain(said);
  const checked = new Plugin();
  await checked.run("-H", "a:1", key, "--check-config");
  expect(checked.stdout).toContain(said);
});

test("--check-config with an error ends with 2", async () => {
  const plugin = new Plugin();
  expect(await plugin.run("--check-config")).toBe(2);
});

test("words that are not options are reported on standard error", async () => {
  const plugin = new Plugin();
  expect(await plugin.run("-H", "a:1", "stray")).toBe(2);
  expect(plugin.stdout).toMatch(
    /^check_gearman CRITICAL - failed to connect to address a and port 1: Connection refused/,
  );
  expect(plugin.stderr).toContain("'stray' is not an option, ignored");
});
