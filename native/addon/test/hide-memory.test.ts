// @module-tag slow
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const NOBODY = 65_534;
const BINARY = fileURLToPath(
  new URL(`../prebuilds/${process.platform}-${process.arch}/mod_gearman_addon.node`, import.meta.url),
);

/** What another process of the same user gets when it opens the memory of a process that did `before`. */
async function attempt(before: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "mod-gearman-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [node, addon] = [join(folder, "node"), join(folder, "addon.node")];
  // both may be where that user cannot read
  copyFileSync(process.execPath, node);
  copyFileSync(BINARY, addon);
  for (const path of [folder, node, addon]) chmodSync(path, 0o755);
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const script = `const addon = require("${addon}"); ${before}; console.log("ready"); setInterval(() => {}, 1000);`;
  const victim = spawn(node, ["-e", script], { ...user, cwd: "/", stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void victim.kill("SIGKILL"));
  await once(victim.stdout, "data");
  const open = `try { require("fs").openSync("/proc/${victim.pid}/mem", "r"); console.log("open"); } catch (error) { console.log(error.code); }`;
  return execFileSync(node, ["-e", open], { ...user, cwd: "/", encoding: "utf8" }).trim();
}

test("a process of the same user cannot open the memory of one that hides it", async () => {
  expect(await attempt("")).toBe("open"); // the attack, without what stops it
  expect(await attempt("if (addon.hideMemory() !== 0) process.exit(1)")).toBe("EACCES");
});
