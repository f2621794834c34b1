import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadVectors } from "@mod-gearman/testkit";

/** A job in a capture: its text, or length and hash of a long one. */
export interface CapturedJob {
  readonly packet: string;
  readonly queue: string;
  readonly text?: string;
  readonly plaintextLength?: number;
  readonly plaintextSha256?: string;
  readonly plaintextStart?: string;
}

/** One captured run of the original. */
export interface Capture {
  readonly id: string;
  readonly args: readonly string[];
  /** base64 */
  readonly stdin?: string;
  readonly stdinLength?: number;
  readonly stdinSha256?: string;
  readonly exitCode: number | null;
  readonly stillReading?: boolean;
  readonly stdout: string;
  readonly key?: string;
  readonly jobs?: readonly CapturedJob[];
  readonly dupserverJobs?: readonly CapturedJob[];
}

interface CaptureFile {
  readonly files: Record<string, string>;
  readonly cases: readonly Capture[];
}

/** All runs, and the files they read. */
export const captures: CaptureFile = loadVectors<CaptureFile>("send_gearman");

/** Write the files of the captures below `folder`. */
export function writeFiles(folder: string, servers: Record<string, string>): void {
  for (const [name, text] of Object.entries(captures.files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), withServers(text, servers));
  }
}

/** Real addresses in place of `<server>` and the like. */
export function withServers(text: string, servers: Record<string, string>): string {
  return text.replace(/<(server|dup|closed|silent)>/g, (all, name: string) => servers[name] ?? all);
}

/** `mmm...(110 characters)` is a shortened argument of so many characters. */
export function fullArgument(argument: string): string {
  const shortened = /^(--message=)m+\.\.\.\((\d+) characters\)$/.exec(argument);
  return shortened === null ? argument : (shortened[1] ?? "").padEnd(Number(shortened[2]), "m");
}

/** Input that the file holds as length and hash only. */
const LONG_INPUTS: Record<string, string> = {
  sg101: `host1\tsvc\t0\t${"x".repeat(70_000)}\n`,
  sg102: `host1\tsvc\t0\t${"x".repeat(65_525)}\tB\tC\tD\tE\n`,
};

/** @throws Error when an input is not the captured one */
export function inputOf(capture: Capture): Buffer {
  if (capture.stdinLength === undefined) return Buffer.from(capture.stdin ?? "", "base64");
  const input = Buffer.from(LONG_INPUTS[capture.id] ?? "");
  if (sha256(input) !== capture.stdinSha256) throw new Error(`the input of ${capture.id} is another one`);
  return input;
}

export function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const TIME = /^(start|finish)_time=(-?\d+)\.(\d{6})$/gm;

/** The times in a text, microseconds. */
export function timesOf(text: string): bigint[] {
  return [...text.matchAll(TIME)].map(([, , seconds, fraction]) => BigInt(`${seconds}${fraction}`));
}

/** The text with the times of another one. */
export function withTimesOf(text: string, other: string): string {
  const times = [...other.matchAll(TIME)].map(([line]) => line);
  return text.replace(TIME, (line) => times.shift() ?? line);
}
