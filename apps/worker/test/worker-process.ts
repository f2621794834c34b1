import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { requireSlowTag, type TestContext } from "@mod-gearman/testkit";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
/** Interpreter and arguments that run the program from source. */
export const COMMAND: readonly string[] = [process.execPath, "--conditions=source", MAIN];

/** As {@link COMMAND}, for the built program. */
export const BUILT: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL("../dist/main.js", import.meta.url)),
];

/** The program as a process, killed with the test. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  /** Code or signal. */
  readonly ended: Promise<number | string>;
  log = "";

  constructor(
    context: TestContext,
    args: readonly string[],
    env: NodeJS.ProcessEnv = process.env,
    command: readonly string[] = COMMAND,
  ) {
    requireSlowTag(context, "a process of the worker");
    const [file = "", ...rest] = command;
    const child = spawn(file, [...rest, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    child.stdout.on("data", (chunk) => {
      this.log += chunk;
    });
    child.stderr.on("data", (chunk) => {
      this.log += chunk;
    });
    this.ended = once(child, "close").then(([code, signal]) => code ?? signal);
    context.onTestFinished(async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await this.ended;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}

/** Command lines of living processes that contain `text`. */
export function processesWith(text: string): string[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name) || name === String(process.pid)) return [];
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, "latin1").replaceAll("\0", " ").trim();
      return line.includes(text) ? [line] : [];
    } catch {
      return []; // ended meanwhile
    }
  });
}
