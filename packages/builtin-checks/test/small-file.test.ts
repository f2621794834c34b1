import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSmallFile } from "../src/small-file.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "small-file-"));
  writeFileSync(join(folder, "text"), "a\xff\n", "latin1");
  writeFileSync(join(folder, "nothing"), "");
  writeFileSync(join(folder, "long"), "");
  truncateSync(join(folder, "long"), 1024 * 1024 + 1);
  execFileSync("mkfifo", [join(folder, "fifo")]);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("reads the bytes of a file", async () => {
  expect(await readSmallFile(join(folder, "text"))).toEqual(Buffer.from("a\xff\n", "latin1"));
  expect(await readSmallFile(join(folder, "nothing"))).toEqual(Buffer.alloc(0));
});

test.for([
  ["long", "longer than 1048576 bytes"],
  ["fifo", "not a regular file"],
  ["", "not a regular file"],
])("refuses <%s>", async ([name = "", message]) => {
  await expect(readSmallFile(join(folder, name))).rejects.toThrow(message);
});
