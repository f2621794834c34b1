import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const packaging = fileURLToPath(new URL("../../../packaging", import.meta.url));
const bash = `${packaging}/bash-completion/mod-gearman-module`;

/** What bash offers for these words, the last of which is incomplete. */
function complete(...words: readonly string[]): string[] {
  const script = `. "${bash}"
COMP_WORDS=(mod-gearman-module "$@")
COMP_CWORD=$#
_mod_gearman_module
((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"
exit 0`;
  const args = ["--norc", "--noprofile", "-c", script, "bash", ...words];
  return execFileSync("bash", args, { encoding: "utf8" }).split("\n").filter(Boolean);
}

test.for<[string[], string[]]>([
  [["en"], ["enable"]],
  [["--"], ["--help", "--version"]],
  [
    ["enable", "--"],
    ["--bridge-service", "--restart"],
  ],
  [["disable", "--a"], ["--all"]],
  [
    ["status", "na"],
    ["nagios4", "nagios", "naemon"],
  ],
  [["reload", ""], []],
  [["enable", `${packaging}/sbin/mod-gearman-m`], [`${packaging}/sbin/mod-gearman-module`]],
])("bash offers for %j", ([words, expected]) => expect(complete(...words)).toEqual(expected));

test.for(["bash-completion/mod-gearman-module", "zsh-completion/_mod-gearman-module"])(
  "%s knows every word of the command's usage",
  (file) => {
    const usage = execFileSync("sh", [`${packaging}/sbin/mod-gearman-module`, "--help"], {
      encoding: "utf8",
    });
    const words = new Set(usage.match(/--[a-z-]+|(?<=^.*mod-gearman-module )[a-z]+/gm));
    const text = readFileSync(`${packaging}/${file}`, "utf8");
    expect(words.size).toBeGreaterThan(6);
    expect([...words].filter((word) => !text.includes(word))).toEqual([]);
  },
);
