import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeFolders } from "../src/make-folders.ts";

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mod-gearman-base-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("creates missing folders with the given mode", () => {
  const path = join(ownFolder(), "a/b/c");
  makeFolders(path, 0o700);
  makeFolders(path, 0o755);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("log-below-proc: throws the reason where no folder can be created", () =>
  expect(() => makeFolders("/proc/x/y", 0o755)).toThrow(expect.objectContaining({ code: "ENOENT" })));

test("another file as a parent is an error, at the end of the path it is left alone", () => {
  const path = join(ownFolder(), "file");
  writeFileSync(path, "text");
  makeFolders(path, 0o755);
  expect(readFileSync(path, "latin1")).toBe("text");
  expect(() => makeFolders(join(path, "below"), 0o755)).toThrow(expect.objectContaining({ code: "ENOTDIR" }));
  expect(existsSync(join(path, "below"))).toBe(false);
});
