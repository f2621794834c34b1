import { readFileSync } from "node:fs";
import { printable, systemClock } from "@mod-gearman/base";
import { fileAccess } from "@mod-gearman/config";
import { spoolAccess } from "@mod-gearman/delivery";
import {
  type ProgressLine,
  rawArguments,
  runtimeName,
  standardInput,
  terminalProgress,
  writeTolerant,
} from "@mod-gearman/program";
import { run } from "./run.ts";
import { VERSION } from "./version.ts";

let progress: ProgressLine | undefined;

/** Messages may quote servers and input. */
const printError = (line: string): void => {
  progress?.clear();
  writeTolerant(process.stderr, `${printable(line, "lines")}\n`);
};

void run({
  argv: rawArguments(process.argv.slice(2), () => readFileSync("/proc/self/cmdline")),
  files: { ...fileAccess, userId: process.geteuid?.(), env: process.env },
  input: () => standardInput(() => process.stdin),
  print: (text) => {
    progress?.clear();
    writeTolerant(process.stdout, printable(text, "lines"));
  },
  printError,
  version: VERSION,
  runtime: runtimeName(process.versions),
  nowMicros: () => BigInt(Date.now()) * 1000n,
  clock: systemClock,
  store: (folder, maxBytes) =>
    spoolAccess(folder, async (options) => {
      const { openSpool, SpooledJobs } = await import("./open-spool.ts");
      const store = openSpool({ folder, maxBytes, logger: { warn: printError } });
      return new SpooledJobs({ ...options, store });
    }),
  progress: () => {
    progress = terminalProgress(process, (text) => writeTolerant(process.stderr, text), systemClock);
    return progress;
  },
  onStop: (stop) => {
    // SIGUSR1 ends the original too; without a listener Node opens its inspector
    for (const signal of ["SIGINT", "SIGTERM", "SIGUSR1"] as const) process.once(signal, stop);
  },
}).then(end);

/** Closing sockets and unread input must not delay the end. */
function end(code: number): void {
  progress?.clear();
  process.exit(code);
}
