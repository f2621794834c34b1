import { chmodSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoadDeps, nodeFiles } from "@mod-gearman/config";
import { describe, expect, test } from "vitest";
import { loadAs } from "./loaders.ts";

const KEY = "0123456789abcdef-0123";
const FILES = { "/k": `${KEY}\n`, "/c": `encryption=yes\nkey=${KEY}\npassword=${KEY}\n`, "/n": "debug=0\n" };
const USER = 1000;
const SAY: Partial<LoadDeps> = { userId: USER };

/** Warnings of a program whose files have this owner and mode. */
function advice(
  program: string,
  argument: string,
  stats: { mode: number; uid: number } | undefined,
  more: Partial<LoadDeps> = SAY,
) {
  const loaded = loadAs(program, [argument, "--encryption=yes"], FILES, { statsOf: () => stats, ...more });
  return loaded.warnings
    .filter(({ isAdvice }) => isAdvice === true)
    .map(({ text, where }) => `${where}: ${text}`);
}

const regular = (mode: number) => 0o100000 | mode;

describe.for([
  ["module", "--keyfile=/k", "command line"],
  ["module", "--config=/c", "/c:2"],
  ["worker", "--keyfile=/k", "command line"],
  ["worker", "--config=/c", "/c:2"],
  ["send_gearman", "--keyfile=/k", "command line"],
  ["send_gearman", "--config=/c", "/c:2"],
  ["send_multi", "--keyfile=/k", "command line"],
  ["send_multi", "--config=/c", "/c:2"],
  ["check_gearman", "--keyfile=/k", "command line"],
] as const)("%s %s", ([program, argument, where]) => {
  const [, path = ""] = argument.split("=");
  test.for([
    [0o644, "every user may read", "0644"],
    [0o444, "every user may read", "0444"],
    [0o602, "every user may write", "0602"],
    [0o666, "every user may read and write", "0666"],
  ] as const)("mode %o: a warning", ([mode, says, shown]) =>
    expect(advice(program, argument, { mode: regular(mode), uid: 0 })).toEqual([
      `${where}: ${says} ${path}, which holds a key (mode ${shown})`,
    ]),
  );
  test.for([0o400, 0o440, 0o600, 0o640, 0o660])("mode %o is accepted for root and for this user", (mode) => {
    for (const uid of [0, USER]) expect(advice(program, argument, { mode: regular(mode), uid })).toEqual([]);
  });
  test("another owner: a warning", () =>
    expect(advice(program, argument, { mode: regular(0o600), uid: 33 })).toEqual([
      `${where}: ${path}, which holds a key, belongs to user 33, neither to root nor to the user of this program (1000)`,
    ]));
  test("a file that is not regular: no warning", () =>
    expect(advice(program, argument, undefined)).toEqual([]));
  test("a secret of a container: no warning", () => {
    const files = { "/run/secrets/key": KEY };
    const stats = { mode: regular(0o444), uid: 0 };
    const loaded = loadAs(program, ["--keyfile=/run/secrets/key"], files, { statsOf: () => stats, ...SAY });
    expect(loaded.warnings).toEqual([]);
  });
  test("a credential of systemd: no warning", () => {
    const stats = { mode: regular(0o444), uid: 33 };
    const credentials = (folder: string) =>
      advice(program, argument, stats, { ...SAY, env: { CREDENTIALS_DIRECTORY: folder } });
    expect(credentials("/run/credentials/x")).toHaveLength(2);
    expect(credentials("")).toHaveLength(2);
    expect(credentials("/")).toEqual([]);
  });
});

test("a configuration without a key may be readable by all", () =>
  expect(
    loadAs("worker", ["--config=/n"], FILES, { statsOf: () => ({ mode: regular(0o644), uid: 33 }) }).warnings,
  ).toEqual([]));

test("links are followed, a folder is no file and a file no folder", ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), "key-access-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "file"), KEY);
  chmodSync(join(folder, "file"), 0o640);
  symlinkSync("file", join(folder, "link"));
  expect(nodeFiles.statsOf?.(join(folder, "link"))).toMatchObject({
    mode: regular(0o640),
    uid: process.geteuid?.(),
  });
  chmodSync(folder, 0o1757);
  expect(nodeFiles.statsOf?.(folder)).toBeUndefined();
  expect(nodeFiles.folderStatsOf?.(folder)?.mode).toBe(0o041_757);
  expect(nodeFiles.folderStatsOf?.(join(folder, "link"))).toBeUndefined();
  expect(nodeFiles.statsOf?.(join(folder, "gone"))).toBeUndefined();
  expect(nodeFiles.linkOf?.(join(folder, "link"))).toMatchObject({
    target: join(realpathSync(folder), "file"),
    uid: process.geteuid?.(),
  });
  for (const name of ["file", "gone"]) expect(nodeFiles.linkOf?.(join(folder, name))).toBeUndefined();
});
