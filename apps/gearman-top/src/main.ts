import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { systemClock } from "@mod-gearman/base";
import { AdminConnection } from "@mod-gearman/client";
import { nodeFiles } from "@mod-gearman/config";
import { nameProcess, rawArguments, refuseOldNode } from "@mod-gearman/program";
import { run } from "./run.ts";
import { VERSION } from "./version.ts";

refuseOldNode(process, { prefix: "gearman_top: ", output: "stderr", exitCode: 3 });

// without limit, V8 lets the young generation grow past 100 MiB in a program that repeats short work
setFlagsFromString("--semi-space-growth-factor=1");

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;

const stopped = Promise.withResolvers<void>();
for (const signal of STOP_SIGNALS) process.on(signal, () => stopped.resolve());
// the reader of the pipe, or the terminal, is gone
process.stdout.on("error", () => stopped.resolve());
process.stderr.on("error", () => undefined);

/** Last resort for defects; the terminal is restored on the way out. */
function onDefect(error: unknown): void {
  process.exitCode = 1;
  process.once("exit", () => {
    process.stderr.write(`gearman_top: internal error: ${error instanceof Error ? error.stack : error}\n`);
  });
  process.exit(1);
}
process.on("uncaughtException", onDefect);
process.on("unhandledRejection", onDefect);

const argv = rawArguments(process.argv.slice(2), () => readFileSync("/proc/self/cmdline"));
nameProcess(process, { name: "gearman_top", secrets: [] });

void run({
  argv,
  files: { ...nodeFiles, env: process.env },
  version: VERSION,
  print: (bytes) => new Promise((resolve) => process.stdout.write(bytes, () => resolve())),
  printError: (line) => process.stderr.write(`${line}\n`),
  isTerminal: process.stdout.isTTY === true && process.env.TERM !== "dumb",
  stopped: stopped.promise,
  query: AdminConnection.query,
  clock: systemClock,
  date: () => new Date(),
  show: async (session, stop) => {
    // colours are shown only on request; then they must not depend on guesses about the terminal, but on https://no-color.org
    if (process.env.NO_COLOR) process.env.FORCE_COLOR = "0";
    else process.env.FORCE_COLOR ??= "1";
    // Ink and React are slow to load: batch mode does not need them
    const { showOnTerminal } = await import("./terminal.tsx");
    await showOnTerminal(session, process, stop);
  },
  // pending requests must not delay the end
}).then((code) => process.exit(code));
