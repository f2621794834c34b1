// @module-tag slow
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFiles } from "@mod-gearman/config";
import { printMasterFile } from "@mod-gearman/crypto";
import { type TestContext, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { readSettings } from "../src/read-settings.ts";
import { bridge, connected } from "./built-bridge.ts";
import { FakeShim } from "./fake-shim.ts";

const USER = 64_321;
const LINE = "server=127.0.0.1:1 key=bridge-test-key-bridge-test-key!";

function masterFile(folder: string): string {
  const path = join(folder, "master");
  writeFileSync(path, printMasterFile({ secret: Buffer.alloc(32, 1), epochs: [1] }), { mode: 0o600 });
  return path;
}

test("memory is hidden where the master secret is in it, and a failure is said", (context) => {
  const calls: string[] = [];
  const hideMemory = (): string => {
    calls.push("hidden");
    return "EINVAL";
  };
  const world = { files: nodeFiles, hideMemory };
  readSettings(LINE, "/", [], world);
  expect(calls).toEqual([]);
  const words = `${LINE} envelope=v2 envelope_master_file=${masterFile(tmpFolder(context))}`;
  const { warnings } = readSettings(words, "/", [], world);
  expect(warnings.map(({ text }) => text).join()).toMatch(
    /master secret in the memory of this bridge: EINVAL/,
  );
  expect(calls).toEqual(["hidden"]);
});

/** What another process of the same user gets when it opens the memory of a bridge with these words in its module's line. */
async function attempt(context: TestContext, words: (folder: string) => string): Promise<string> {
  const folder = tmpFolder(context);
  chmodSync(folder, 0o777);
  const asUser = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups"];
  const socket = join(folder, "socket");
  const [file = "", ...args] = [...asUser, ...bridge.command, `--bridge-socket=${socket}`];
  const env = { PATH: process.env.PATH, HOME: folder };
  const child = spawn(file, args, { cwd: "/", stdio: "ignore", env });
  context.onTestFinished(() => void child.kill("SIGKILL"));
  const connection = await connected(socket);
  context.onTestFinished(() => void connection.destroy());
  const shim = new FakeShim(connection);
  shim.hello({ module_args: Buffer.from(`${LINE} ${words(folder)}`) });
  await waitFor("settings", () => shim.all("SETTINGS").length > 0);
  const script = `try { fs.closeSync(fs.openSync("/proc/${child.pid}/mem", "r")); console.log("open"); } catch (error) { console.log(error.code); }`;
  const [su = "", ...more] = [...asUser, process.execPath, "-e", script];
  return execFileSync(su, more, { cwd: "/", encoding: "utf8", env }).trim();
}

test.runIf(process.getuid?.() === 0)(
  "another process of its user reads no memory of a bridge with the master secret",
  async (context) => {
    expect(await attempt(context, () => "")).toBe("open"); // the attack, without what stops it
    const sealed = (folder: string): string => {
      const path = masterFile(folder);
      chownSync(path, USER, USER);
      return `envelope=v2 envelope_master_file=${path}`;
    };
    expect(await attempt(context, sealed)).toBe("EACCES");
  },
);
