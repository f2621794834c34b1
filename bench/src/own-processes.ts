import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Running, start } from "../../e2e/src/processes.ts";

/** What is undone when this process ends; one listener for all, however many programs and folders a script makes. */
const leftovers = new Set<() => void>();
process.once("exit", () => {
  for (const undo of leftovers) undo();
});

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
  leftovers.add(end);
  return {
    ...running,
    stop: () => {
      leftovers.delete(end);
      return running.stop();
    },
  };
}

/** A new folder that is removed at the end of this process. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mod-gearman-bench-"));
  leftovers.add(() => rmSync(folder, { recursive: true, force: true }));
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
