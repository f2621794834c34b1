import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { nodeFiles } from "@mod-gearman/config";
import { expect, onTestFinished, test } from "vitest";
import { loadModule } from "../src/load-module.ts";
import { loadSender } from "../src/load-sender.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "config-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("reads real files and folders, through links too", () => {
  const base = folder();
  mkdirSync(join(base, "real"));
  mkdirSync(join(base, "conf"));
  writeFileSync(join(base, "real", "x.conf"), "hostgroups=linked\n");
  writeFileSync(join(base, "conf", "a.conf"), "server=a\nkeyfile=../key\n");
  writeFileSync(join(base, "key"), "from a file, long enough\n");
  symlinkSync(join(base, "real"), join(base, "conf", "link"));
  symlinkSync(join(base, "gone"), join(base, "conf", "dangling"));
  const { options } = loadModule("config=conf", base, nodeFiles);
  expect(options.hostgroups.map(String)).toEqual(["linked"]);
  expect(options.key?.toString()).toBe("from a file, long enough");
});

test("a folder that contains itself ends with an error", () => {
  const base = folder();
  symlinkSync(base, join(base, "loop"));
  expect(() => loadModule("config=.", base, nodeFiles)).toThrow(
    expect.objectContaining({ code: "TOO_DEEP" }),
  );
});

test("missing files", () => {
  const base = folder();
  expect(() => loadModule("config=gone", base, nodeFiles)).toThrow(
    `could not open file: ${join(base, "gone")}: No such file or directory`,
  );
  expect(nodeFiles.isDirectory(join(base, "gone"))).toBe(false);
  expect(nodeFiles.hostname?.()).toBe(hostname());
});

test.for(["--config", "--keyfile"])("%s of a device that never ends is an error of one line", (option) =>
  expect(() => loadSender("send_gearman", ["--server=s", `${option}=/dev/zero`], nodeFiles)).toThrow(
    "could not open file: /dev/zero: File longer than 16777216 bytes",
  ),
);
