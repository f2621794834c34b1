import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bashCompletion } from "../scripts/bash-completion.ts";
import { manuals } from "../scripts/manuals/all.ts";
import { allOptions } from "../scripts/manuals/manual.ts";
import { valueKind } from "../scripts/value-kinds.ts";

/** What bash offers for these words, the last of which is incomplete. Needs only bash. */
function complete(program: string, words: readonly string[], cwd = "/"): string[] {
  const manual = manuals.find((one) => one.name === program);
  if (manual === undefined) throw new Error(`no manual of ${program}`);
  const script = `${bashCompletion(manual)}
COMP_WORDS=("${program}" "$@")
COMP_CWORD=$#
[[ $(complete -p ${program}) == *"-F _${program} ${program}" ]] || exit 9
_${program}
((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"
exit 0`;
  const out = execFileSync("bash", ["--norc", "--noprofile", "-c", script, "bash", ...words], {
    cwd,
    encoding: "utf8",
  });
  return out.split("\n").filter((line) => line !== "");
}

describe("bash", () => {
  test.for<[string, string[], string[]]>([
    ["send_gearman", ["--enc"], ["--encryption="]],
    ["send_gearman", ["--encryption", "="], ["yes", "no"]],
    ["send_gearman", ["--encryption", "=", "y"], ["yes"]],
    ["send_gearman", ["--encryption=n"], ["--encryption=no"]],
    ["send_gearman", ["-r", ""], ["0", "1", "2", "3"]],
    ["send_gearman", ["--message", ""], []],
    ["send_gearman", ["--active", "--h"], ["--host=", "--help"]],
    ["gearmand", ["-v", "N"], ["NOTICE"]],
    ["gearmand", ["--queue-type", "re"], ["redis"]],
    ["gearmand", ["--daemon", "--compat", "1"], ["1.1"]],
    ["mod_gearman_worker", ["te"], ["testcmd"]],
    ["mod_gearman_worker", ["--logmode", "="], ["automatic", "file", "stdout", "syslog"]],
    ["mod_gearman_worker", ["--run_as", "=", "roo"], ["root"]],
    ["mod_gearman_bridge", ["--core"], ["--core-pid="]],
    ["mod_gearman_bridge", ["--perfdata_m"], ["--perfdata_mode="]],
    ["check_gearman", ["-q", ""], []],
    ["check_gearman", ["--i"], ["--include=", "--ignore-stale"]],
    ["check_gearman", ["--ignore-stale", "-x"], ["-x"]],
    ["gearman_top", ["--b"], ["--batch"]],
  ])("%s %j", ([program, words, expected]) => expect(complete(program, words)).toEqual(expected));

  test("offers files for options whose value is a path", () => {
    const folder = mkdtempSync(join(tmpdir(), "completion-"));
    try {
      mkdirSync(join(folder, "sub dir"));
      writeFileSync(join(folder, "subject.cfg"), "");
      expect(complete("send_multi", ["--keyfile", "=", "sub"], folder).toSorted()).toEqual([
        "sub dir",
        "subject.cfg",
      ]);
      expect(complete("send_multi", ["--config", "subj"], folder)).toEqual(["subject.cfg"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test.for(manuals)("$name: all options that are not hidden are offered", (manual) => {
  const offered = complete(manual.name, [""]);
  for (const { option, meta } of allOptions(manual)) {
    const spelling = meta.argument === "" || meta.optional ? `--${option}` : `--${option}=`;
    expect(offered.includes(spelling), option).toBe(!meta.hidden);
  }
  expect(offered).toEqual(expect.arrayContaining(["--help", "-h", "--version", "-V"]));
});

test.for([
  ["yes|no", ["yes", "no"], "none"],
  ["yes|no|QUEUE[,…]", ["yes", "no"], "none"],
  ["PATH|off", ["off"], "files"],
  ["HOST[:PORT][,…]", [], "hosts"],
  ["HOST:PORT", [], "hosts"],
  ["USER[:GROUP]", [], "users"],
  ["BYTES[K|M|G]", [], "none"],
  ["FATAL|ALERT", ["FATAL", "ALERT"], "none"],
  ["", [], "none"],
] as const)("what may stand for %s", ([argument, words, names]) =>
  expect(valueKind({ argument })).toEqual({ words, names }),
);
