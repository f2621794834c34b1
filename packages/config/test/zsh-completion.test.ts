import { describe, expect, test } from "vitest";
import { manuals } from "../scripts/manuals/all.ts";
import { allOptions } from "../scripts/manuals/manual.ts";
import { zshCompletion } from "../scripts/zsh-completion.ts";

/*
 * zsh is on few machines, so the text is read by the two rules that matter: the shell's quoting, and the form of a
 * spec in the manual of zsh (zshcompsys, _arguments).
 */

/** The arguments of _arguments as passed by the shell: quotes removed, braces expanded. */
function specs(text: string): string[] {
  const body = text.slice(text.indexOf("_arguments -s \\\n") + "_arguments -s \\\n".length);
  return body
    .trimEnd()
    .split(/ \\\n/)
    .flatMap((line) => words(line.trim()));
}

function words(line: string): string[] {
  const parts = /^((?:'(?:[^']|'\\'')*')?)\{([^}]+)\}('(?:[^']|'\\'')*')$/.exec(line);
  if (parts === null) return [unquoted(line)];
  const [, others = "", spellings = "", rest = ""] = parts;
  return spellings.split(",").map((one) => `${unquoted(others)}${one}${unquoted(rest)}`);
}

function unquoted(text: string): string {
  if (text === "") return "";
  expect(text).toMatch(/^'(?:[^']|'\\'')*'$/);
  return text.slice(1, -1).replaceAll("'\\''", "'");
}

const TEXT = String.raw`(?:[^\\[\]:]|\\[\\[\]:])*`;
const SPEC = new RegExp(
  String.raw`^(?:\*|\([^)]*\))?(--?[A-Za-z0-9_-]+?)(\+|=-|=)?\[(${TEXT})\](?:(::?)(${TEXT}):(_files|_hosts|_users|\([^()]*\)|))?$`,
);

describe.for(manuals)("$name", (manual) => {
  const text = zshCompletion(manual);
  const all = specs(text).filter((one) => !one.startsWith("*:word:"));
  test("contains the name of its program", () =>
    expect(text.startsWith(`#compdef ${manual.name}\n`)).toBe(true));
  test("every spec has the syntax of _arguments", () => {
    for (const one of all) expect(one).toMatch(SPEC);
  });
  test("every option that is not hidden is present, with a value if it takes one", () => {
    const found = new Map(all.map((one) => [SPEC.exec(one)?.[1], SPEC.exec(one)?.[4] !== undefined]));
    for (const { option, meta } of allOptions(manual)) {
      const expected = meta.hidden ? undefined : meta.argument !== "";
      for (const word of [`--${option}`, ...[...(meta.short ?? "")].map((letter) => `-${letter}`)]) {
        expect(found.get(word), word).toBe(expected);
      }
    }
    for (const word of manual.help.switches.flatMap((one) => one.words)) expect(found.get(word)).toBe(false);
  });
});
