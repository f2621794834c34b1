import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCheckRunner, refuseCommand, tokenize } from "../src/index.ts";
import { FakeRunner } from "./fake-runner.ts";

const DEFAULT_FORBIDDEN = Buffer.from("$&();<>`\"'|");
let root: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "restrict-")));
  for (const folder of ["ok", "ok/sub", "okay", "evil"]) mkdirSync(join(root, folder));
  for (const file of ["ok/check", "ok/negate", "ok/sub/check", "okay/check", "evil/check"]) {
    writeFileSync(join(root, file), "#!/bin/sh\n", { mode: 0o755 });
  }
  symlinkSync("../evil/check", join(root, "ok/link"));
  symlinkSync("../evil", join(root, "ok/away"));
  symlinkSync("sub/check", join(root, "ok/inner"));
  symlinkSync("ok", join(root, "alias"));
  symlinkSync("../ok/check", join(root, "evil/shortcut"));
});
afterAll(() => rmSync(root, { recursive: true }));

const reason = (line: string, forbidden = DEFAULT_FORBIDDEN, paths = ["ROOT/ok"]) => {
  const here = (text: string) => text.replaceAll("ROOT", root);
  const commandLine = Buffer.from(here(line));
  const restriction = { paths: paths.map(here), forbiddenCharacters: forbidden };
  return refuseCommand(commandLine, tokenize(commandLine), restriction)?.toString();
};
const NOT_ABSOLUTE = /^ERROR: restricted paths in affect, but command does not start with an absolute path: /;
const FORBIDDEN = /^ERROR: restricted paths in affect, but command contains forbidden character\(s\): /;
const ELSEWHERE = /^ERROR: command does not start with any of the restricted paths: /;

test("the text contains eight bytes", () => {
  expect(reason("echo hello world")).toBe(
    "ERROR: restricted paths in affect, but command does not start with an absolute path: echo hel...",
  );
});

describe("allowed commands", () => {
  test.for([
    "ROOT/ok/check -H x",
    "ROOT/ok/sub/check",
    "ROOT/ok//sub/../check",
    "ROOT/ok/./check",
    "ROOT/ok/inner",
    "ROOT/ok/not-there-yet",
    "ROOT/ok/negate -o 1 ROOT/ok/check x",
    "ROOT/ok/negate ROOT/ok/negate ROOT/ok/check",
  ])("%s", (line) => expect(reason(line)).toBeUndefined());
  test("a command without paths", () => expect(reason("rm -rf x;", DEFAULT_FORBIDDEN, [])).toBeUndefined());
  test("a path that is a program", () =>
    expect(reason("ROOT/ok/check", DEFAULT_FORBIDDEN, ["/nowhere", "ROOT/ok/check"])).toBeUndefined());
  test("the real path of an allowed link, and the link", () => {
    expect(reason("ROOT/ok/check", DEFAULT_FORBIDDEN, ["ROOT/alias/"])).toBeUndefined();
    expect(reason("ROOT/alias/check", DEFAULT_FORBIDDEN, ["ROOT/alias"])).toBeUndefined();
  });
  test("a link whose target is allowed as well", () =>
    expect(reason("ROOT/ok/link", DEFAULT_FORBIDDEN, ["ROOT/ok", "ROOT/evil"])).toBeUndefined());
  test("everything below /", () => expect(reason("/bin/true", DEFAULT_FORBIDDEN, ["/"])).toBeUndefined());
});

test("a command after eight negates", () =>
  expect(reason(`${"ROOT/ok/negate ".repeat(8)}ROOT/ok/check`)).toBeUndefined());

describe("refused commands", () => {
  test.for<[string, string, RegExp]>([
    ["a relative program", "ok/check", NOT_ABSOLUTE],
    ["an environment prefix", "A=1 ROOT/ok/check", NOT_ABSOLUTE],
    ["a shell command behind it", "ROOT/ok/check; rm -rf x", FORBIDDEN],
    ["quotes", "ROOT/ok/check 'x'", FORBIDDEN],
    ["a line that needs a shell without forbidden characters", "ROOT/ok/check *", FORBIDDEN],
    ["a comment", "ROOT/ok/check #x", FORBIDDEN],
    ["another folder", "ROOT/evil/check", ELSEWHERE],
    ["a folder with the same beginning", "ROOT/okay/check", ELSEWHERE],
    ["dot dot out of it", "ROOT/ok/../evil/check", ELSEWHERE],
    ["a link out of it", "ROOT/ok/link", ELSEWHERE],
    ["a linked folder out of it", "ROOT/ok/away/check", ELSEWHERE],
    ["dot dot behind a linked folder", "ROOT/ok/away/../evil/check", ELSEWHERE],
    ["a link into it from elsewhere", "ROOT/evil/shortcut", ELSEWHERE],
    ["a command behind negate", "ROOT/ok/negate /bin/sh -c x", ELSEWHERE],
    ["a relative command behind negate", "ROOT/ok/negate ./x ROOT/ok/check", ELSEWHERE],
    ["options of negate that are not understood", "ROOT/ok/negate -z ROOT/ok/check", ELSEWHERE],
    ["a command behind two negates", "ROOT/ok/negate ROOT/ok/negate /bin/sh -c x", ELSEWHERE],
    ["a command behind nine negates", `${"ROOT/ok/negate ".repeat(9)}ROOT/ok/check`, ELSEWHERE],
  ])("%s: %s", ([, line, text]) => expect(reason(line)).toMatch(text));

  test.for([
    ["ROOT/ok/negate '/bin/sh -c x'", ELSEWHERE],
    ["ROOT/ok/negate 'ROOT/ok/check; x'", FORBIDDEN],
  ] as const)("quotes allowed: %s", ([line, text]) => expect(reason(line, Buffer.from(";"))).toMatch(text));

  test("shell lines, although no character is forbidden", () =>
    expect(reason("ROOT/ok/check; x", Buffer.alloc(0))).toMatch(FORBIDDEN));
});

describe("in the check runner", () => {
  const check = (line: string, negate: boolean) => {
    const runner = new FakeRunner();
    const judge = {
      identifier: Buffer.from("w1"),
      showErrorOutput: true,
      timeoutReturn: 3,
      workerNameInResult: "off",
    } as const;
    const builtin = { negate, checkDummy: true, checkNscWeb: true, checkPrometheus: true };
    const restrictTo = { paths: [join(root, "ok")], forbiddenCharacters: DEFAULT_FORBIDDEN };
    const commandLine = Buffer.from(line.replaceAll("ROOT", root));
    const checks = createCheckRunner({ runner, builtin, judge, version: "1" });
    return { runner, outcome: checks.check({ commandLine, type: "host", timeoutMs: 1000, restrictTo }) };
  };

  test.for([true, false])("refused commands do not start, built-in negate %s", async (negate) => {
    const { runner, outcome } = check("ROOT/ok/negate /bin/sh x", negate);
    expect(await outcome).toMatchObject({ exec: "bad_path", returnCode: 3, timedOut: false });
    expect((await outcome).output.toString()).toMatch(ELSEWHERE);
    expect(runner.requests).toEqual([]);
  });

  test("built-in checks are refused for other folders too", async () => {
    expect(await check("/bin/check_dummy 0", true).outcome).toMatchObject({ exec: "bad_path" });
    expect(await check("ROOT/ok/check_dummy 0", true).outcome).toMatchObject({
      exec: "internal",
      returnCode: 0,
    });
  });

  test("an allowed command runs without a shell", async () => {
    const { runner, outcome } = check("ROOT/ok/check a", true);
    await outcome;
    expect(runner.requests).toMatchObject([{ directOnly: true, plan: { kind: "exec" } }]);
  });
});
