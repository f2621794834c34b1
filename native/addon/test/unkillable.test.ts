// @module-tag slow
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { compile, hasCompiler } from "./native-program.ts";

const fixture = new URL("fixtures/unkillable.ts", import.meta.url).pathname;
const [SETPRIV, ...AS_OTHER_USER] = ["setpriv", "--reuid=64321", "--regid=64321", "--clear-groups"] as const;
const isRoot = process.getuid?.() === 0;

test.runIf(isRoot && hasCompiler)(
  "a plugin that became another user: its result arrives in time, it is reported, and reaped when it ends",
  { timeout: 120_000 },
  async () => {
    const program = compile("deaf.c", []);
    chmodSync(program, 0o4755);
    const child = spawn(SETPRIV, [...AS_OTHER_USER, process.execPath, fixture, program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    const left: number[] = [];
    onTestFinished(() => {
      child.kill("SIGKILL");
      for (const pid of left) if (existsSync(`/proc/${pid}`)) process.kill(pid, "SIGKILL");
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const answer = async () => JSON.parse((await lines.next()).value ?? "null");

    const { reports, pid } = await answer();
    expect(reports).toEqual([{ id: 1, timedOut: true, lingers: false }, { unkillable: 1 }]);
    left.push(pid);
    process.kill(pid, "SIGKILL");
    left.push((await answer()).left);
    await ended;
    expect(existsSync(`/proc/${left[0]}`)).toBe(false);
    expect(existsSync(`/proc/${left[1]}`)).toBe(true);
  },
);
