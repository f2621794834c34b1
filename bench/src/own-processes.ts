import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Running, start } from "../../e2e/src/processes.ts";

/** Starts a program that ends with this process, however that ends. */
export function startProgram(file: string, args: readonly string[]): Running {
  const running = start(file, args);
  const end = (): void => {
    try {
      process.kill(running.pid, "SIGKILL");
    } catch {
      // it has ended by itself
    }
  };
  process.once("exit", end);
  return {
    ...running,
    stop: () => {
      process.off("exit", end);
      return running.stop();
    },
  };
}

/** A new folder that is removed at the end of this process. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mod-gearman-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Ends this process with exit code 1 after `seconds`; signals end it in an orderly way too. */
export function limitTime(seconds: number): void {
  setTimeout(() => {
    process.stderr.write(`not finished after ${seconds} seconds\n`);
    process.exit(1);
  }, seconds * 1000).unref();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
}
