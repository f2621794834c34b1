import { createHash } from "node:crypto";
import { createEnvelope } from "@mod-gearman/crypto";
import type { TakenJob } from "./taking-server.ts";

/** A job in a capture: its text, or length and hash of a long one. */
export interface CapturedJob {
  readonly packet: string;
  readonly queue: string;
  readonly text?: string;
  readonly plaintextLength?: number;
  readonly plaintextSha256?: string;
  /** base64 */
  readonly plaintextStart?: string;
}

/** One run of an original sender. */
export interface SenderCapture {
  readonly id: string;
  readonly args: readonly string[];
  /** base64 */
  readonly stdin?: string;
  readonly stdinLength?: number;
  readonly stdinSha256?: string;
  readonly exitCode: number | null;
  /** The original was waiting for more input when it was stopped. */
  readonly stillReading?: boolean;
  readonly stdout: string;
  readonly key?: string;
  readonly jobs?: readonly CapturedJob[];
  readonly dupserverJobs?: readonly CapturedJob[];
}

/** Content of a file of such captures: runs, and the files that they read. */
export interface SenderCaptures {
  readonly files: Record<string, string>;
  readonly cases: readonly SenderCapture[];
}

/** Replaces `<server>` and similar names by real addresses; a name without address stays. */
export function withServers(text: string, servers: Record<string, string>): string {
  return text.replace(/<([a-z]+)>/g, (all, name: string) => servers[name] ?? all);
}

/** Hash as in the captures. */
export function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The captured input of a run, or `full` for one that the vectors contain as length and hash only. */
export function capturedInput(capture: SenderCapture, full: Buffer | undefined): Buffer {
  if (capture.stdinLength === undefined) return Buffer.from(capture.stdin ?? "", "base64");
  if (full === undefined || sha256(full) !== capture.stdinSha256)
    throw new Error(`the input of ${capture.id} is another one`);
  return full;
}

/** May be the beginning only. */
export function capturedText({ text, plaintextStart = "" }: CapturedJob): string {
  return text ?? Buffer.from(plaintextStart, "base64").toString();
}

/** Decrypted with `key`. */
export function jobText(job: TakenJob, key?: string): string {
  const mode =
    key === undefined ? ({ mode: "off" } as const) : ({ mode: "on", password: Buffer.from(key) } as const);
  return createEnvelope(mode).open(job.data).toString();
}

const TIME = /^(start|finish)_time=(-?\d+)\.(\d{6})$/gm;

/** Microseconds. */
export function timesOf(text: string): bigint[] {
  return [...text.matchAll(TIME)].map(([, , seconds, fraction]) => BigInt(`${seconds}${fraction}`));
}

/** Replaces the times in `text` by those in `other`. */
export function withTimesOf(text: string, other: string): string {
  const times = [...other.matchAll(TIME)].map(([line]) => line);
  return text.replace(TIME, (line) => times.shift() ?? line);
}
