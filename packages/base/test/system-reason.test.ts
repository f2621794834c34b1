import { mkdirSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { openFile, systemReason } from "../src/index.ts";

/** What `run` throws. */
function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

test.for([
  ["folder", "Is a directory"],
  ["loop", "Too many levels of symbolic links"],
  ["x".repeat(256), "File name too long"],
  ["missing", "No such file or directory"],
  ["file/below", "Not a directory"],
] as const)("%s: the words of the C library, %s", ([name, reason], context) => {
  const folder = tmpFolder(context);
  mkdirSync(join(folder, "folder"));
  symlinkSync("loop", join(folder, "loop"));
  writeFileSync(join(folder, "file"), "");
  expect(systemReason(thrown(() => openSync(join(folder, name), "r+")))).toBe(reason);
});

test("a folder refused by openFile, and errors that are not of the system", (context) => {
  expect(systemReason(thrown(() => openFile(tmpFolder(context), 0, { links: "follow" })))).toBe(
    "Is a directory",
  );
  expect(systemReason("gone")).toBe("Gone");
});
