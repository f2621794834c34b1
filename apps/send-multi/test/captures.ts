import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
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
  readonly exitCode: number;
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
export const captures: CaptureFile = loadVectors<CaptureFile>("send_multi");

/** Write the files of the captures into `folder`. */
export function writeFiles(folder: string): void {
  for (const [name, text] of Object.entries(captures.files)) writeFileSync(join(folder, name), text);
}

/** Real addresses in place of `<server>` and the like. */
export function withServers(text: string, servers: Record<string, string>): string {
  return text.replace(/<(server|dup|closed)>/g, (all, name: string) => servers[name] ?? all);
}

/** A report of one child. */
function childOf(output: string): string {
  const head = `<CHILD><no>1</no><name>svc1</name><rc>0</rc><runtime>0.5</runtime><output>${output}</output>`;
  return `${head}<error></error><pplugin>check_x</pplugin></CHILD>\n`;
}

/** @throws Error when an input that the file holds as length and hash cannot be made again */
export function inputOf(capture: Capture): Buffer {
  const { id, stdin = "", stdinLength } = capture;
  if (stdinLength === undefined) return Buffer.from(stdin, "base64");
  const input = Buffer.from(childOf("x".repeat(stdinLength - childOf("").length)));
  if (sha256(input) !== capture.stdinSha256) throw new Error(`the input of ${id} is another one`);
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
