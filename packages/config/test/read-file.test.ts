import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadSender } from "../src/load-sender.ts";
import { nodeFiles } from "../src/node-files.ts";
import { readFile } from "../src/read-file.ts";

function fileOf(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "config-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "file"), content);
  return join(folder, "file");
}

test.for([0, 1, 65_536, 65_537, 200_000])("a file of %i bytes is read whole", (length) =>
  expect(readFile(fileOf("x".repeat(length)))).toEqual(Buffer.from("x".repeat(length))),
);

test("up to the limit and no further", () => {
  const path = fileOf("12345");
  expect(readFile(path, 5).toString()).toBe("12345");
  expect(() => readFile(path, 4)).toThrow(expect.objectContaining({ code: "EFBIG" }));
});

test.for(["--config", "--keyfile"])("%s of a device that never ends is an error of one line", (option) =>
  expect(() => loadSender("send_gearman", ["--server=s", `${option}=/dev/zero`], nodeFiles)).toThrow(
    "could not open file: /dev/zero: File longer than 16777216 bytes",
  ),
);

test("what is not there, and a folder, have the codes of the system", () => {
  expect(() => readFile(join(tmpdir(), "surely", "not"))).toThrow(
    expect.objectContaining({ code: "ENOENT" }),
  );
  expect(() => readFile(tmpdir())).toThrow(expect.objectContaining({ code: "EISDIR" }));
});
