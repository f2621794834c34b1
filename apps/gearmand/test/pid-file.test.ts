import { existsSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { writePidFile } from "../src/pid-file.ts";

test("replaces an old file and is removed at the end", (context) => {
  const path = join(tmpFolder(context), "pid");
  writeFileSync(path, "1\nand more\n");
  const file = writePidFile(path, 42);
  expect(readFileSync(path, "latin1")).toBe("42\n");
  expect(statSync(path).mode & 0o777).toBe(0o644 & ~process.umask());
  file.remove();
  expect(existsSync(path)).toBe(false);
  file.remove();
});

test("a file that another process wrote meanwhile stays", (context) => {
  const path = join(tmpFolder(context), "pid");
  const file = writePidFile(path, 42);
  writePidFile(path, 43);
  file.remove();
  expect(readFileSync(path, "latin1")).toBe("43\n");
});

test("a link is replaced, not written through", (context) => {
  const folder = tmpFolder(context);
  writeFileSync(join(folder, "target"), "precious");
  symlinkSync(join(folder, "target"), join(folder, "pid"));
  writePidFile(join(folder, "pid"), 42);
  expect(readFileSync(join(folder, "target"), "latin1")).toBe("precious");
  expect(lstatSync(join(folder, "pid")).isFile()).toBe(true);
});

test("a device is neither replaced nor removed", () => {
  writePidFile("/dev/null", 42).remove();
  expect(lstatSync("/dev/null").isCharacterDevice()).toBe(true);
});
