import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  capturedInput,
  loadVectors,
  type SenderCapture,
  type SenderCaptures,
  withServers,
} from "@mod-gearman/testkit";

/** All runs, and the files they read. */
export const captures: SenderCaptures = loadVectors<SenderCaptures>("send_gearman");

/** Writes the files of the captures below `folder`. */
export function writeFiles(folder: string, servers: Record<string, string>): void {
  for (const [name, text] of Object.entries(captures.files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), withServers(text, servers));
  }
}

/** `mmm...(110 characters)` is a shortened argument of so many characters. */
export function fullArgument(argument: string): string {
  const shortened = /^(--message=)m+\.\.\.\((\d+) characters\)$/.exec(argument);
  return shortened === null ? argument : (shortened[1] ?? "").padEnd(Number(shortened[2]), "m");
}

/** Input that the vectors contain as length and hash only. */
const LONG_INPUTS: Record<string, string> = {
  sg101: `host1\tsvc\t0\t${"x".repeat(70_000)}\n`,
  sg102: `host1\tsvc\t0\t${"x".repeat(65_525)}\tB\tC\tD\tE\n`,
};

/** What a run read from standard input. */
export function inputOf(capture: SenderCapture): Buffer {
  return capturedInput(capture, Buffer.from(LONG_INPUTS[capture.id] ?? ""));
}
