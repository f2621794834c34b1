import { spawnSync } from "node:child_process";
import { root } from "./facts.mjs";

const STEP_MS = 600_000;

/** Runs a program to its end. @returns its output. @throws Error with what it wrote, if it fails */
export function run(file, args, options = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(file, args, {
    cwd: root,
    encoding: "utf8",
    timeout: STEP_MS,
    maxBuffer: 256 * 1024 * 1024,
    ...options,
  });
  if (error) throw new Error(`cannot run ${file}: ${error.message}`);
  if (status !== 0) {
    const said = `${stdout ?? ""}${stderr ?? ""}`.trim().slice(-4000);
    throw new Error(`${file} ${args.join(" ")}: ${signal ?? `exit code ${status}`}\n${said}`);
  }
  return stdout ?? "";
}

/** Why a program cannot be run; undefined if it can. */
export function whyNot(file) {
  const { error, status } = spawnSync(file, ["--version"], { stdio: "ignore" });
  return error === undefined && status === 0 ? undefined : `${file} is not installed`;
}
