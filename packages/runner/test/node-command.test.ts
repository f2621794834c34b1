import { mkdirSync, writeFileSync } from "node:fs";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { toNodeCommand } from "../src/node-command.ts";

const bytes = (...words: string[]) => words.map((word) => Buffer.from(word, "latin1"));
const exec = (words: string[], env: [string, string][] = []) => ({
  argv: bytes(...words),
  env: bytes(...env.map((entry) => entry.join("="))),
});

test("arguments and environment are passed unchanged", () =>
  expect(toNodeCommand(exec(["cmd", "a b"], [["X", "1"]]), { HOME: "/h" })).toEqual({
    file: "cmd",
    argv0: "cmd",
    args: ["a b"],
    env: { HOME: "/h", X: "1" },
  }));

test("with its own PATH the program is searched in ours", (context) => {
  const folder = tmpFolder(context);
  mkdirSync(`${folder}/a/tool`, { recursive: true }); // a folder of that name is skipped
  mkdirSync(`${folder}/b`);
  writeFileSync(`${folder}/b/tool`, "", { mode: 0o755 });
  writeFileSync(`${folder}/a/locked`, "", { mode: 0o644 });
  const base = { PATH: `${folder}/a:${folder}/b` };
  const own: [string, string][] = [["PATH", "/nowhere"]];
  expect(toNodeCommand(exec(["tool"], own), base)).toMatchObject({
    file: `${folder}/b/tool`,
    argv0: "tool",
    env: { PATH: "/nowhere" },
  });
  expect(toNodeCommand(exec(["./tool"], own), base).file).toBe("./tool");
  expect(() => toNodeCommand(exec(["none"], own), base)).toThrow(
    expect.objectContaining({ errno: "ENOENT" }),
  );
  expect(() => toNodeCommand(exec(["locked"], own), base)).toThrow(
    expect.objectContaining({ errno: "EACCES" }),
  );
});

test("bytes that are not UTF-8 are passed as octal escapes", () =>
  expect(toNodeCommand(exec(["cmd", "\xff'"]), {})).toMatchObject({
    file: "/bin/sh",
    args: ["-c", String.raw`eval "$(printf %b 'exec \0047cmd\0047 \0047\0377\0047\0134\0047\0047\0047')"`],
  }));

test("an empty program name", () =>
  expect(() => toNodeCommand(exec([""]), {})).toThrow(expect.objectContaining({ errno: "EINVAL" })));
