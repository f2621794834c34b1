import { readFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { printable, systemClock } from "@mod-gearman/base";
import { fileAccess } from "@mod-gearman/config";
import { standardInput, writeTolerant } from "./program-streams.ts";
import { type ProgressLine, terminalProgress } from "./progress-line.ts";
import { rawArguments } from "./raw-arguments.ts";
import { runtimeName } from "./runtime-name.ts";

/**
 * What the process of a sender has for its program, and how that ends.
 *
 * @param host the process
 */
export function senderProcess(host: NodeJS.Process, version: string) {
  let progress: ProgressLine | undefined;
  /** Messages may quote servers and input. */
  const write = (stream: Writable, text: string): void => {
    progress?.clear();
    writeTolerant(stream, printable(text, "lines"));
  };
  return {
    world: {
      argv: rawArguments(host.argv.slice(2), () => readFileSync("/proc/self/cmdline")),
      files: { ...fileAccess, userId: host.geteuid?.(), env: host.env },
      input: () => standardInput(() => host.stdin),
      print: (text: string) => write(host.stdout, text),
      printError: (line: string) => write(host.stderr, `${line}\n`),
      version,
      runtime: runtimeName(host.versions),
      clock: systemClock,
      progress: () => {
        progress = terminalProgress(host, (text) => writeTolerant(host.stderr, text), systemClock);
        return progress;
      },
    },
    /** Closing sockets and unread input must not delay the end. */
    end: (code: number): void => {
      progress?.clear();
      host.exit(code);
    },
  };
}
