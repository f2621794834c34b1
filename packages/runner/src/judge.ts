import type { PluginOutcome } from "@mod-gearman/base";
import type { RunOutcome } from "./outcome.ts";
import { signalName } from "./signals.ts";

export interface JudgeOptions {
  /** Name of the worker, part of the texts. */
  readonly identifier: Buffer;
  /** Append stderr in brackets to the output unless the exit code is 0. */
  readonly showErrorOutput: boolean;
  /** State of a check that timed out, 0–3. */
  readonly timeoutReturn: number;
  readonly workerNameInResult: "off" | "on" | "pre_perfdata";
  /** `debug-result`: host name put in front of the output, unless `workerNameInResult` is active. */
  readonly debugHostName?: Buffer;
}

export interface Verdict {
  /** 0–3. */
  readonly returnCode: number;
  /** Real line feeds, no NUL bytes, trimmed; any encoding. */
  readonly output: Buffer;
}

const PIPE = 0x7c;
const UNKNOWN = 3;
const isSpace = byteSet(" \t\n\v\f\r");
const isLineEnd = byteSet("\r\n");

/** A verdict before the name of the worker is added. */
export interface Finding extends Verdict {
  /** True if the text is that of the plugin: `workerNameInResult` applies to it. */
  readonly isPluginText: boolean;
}

/**
 * Check state and text of an outcome. Not for outcomes that are `aborted` or a resource shortage: they are no results.
 *
 * Source: worker.md 4.4 (timeout; earlier output is dropped), 4.5, 4.6.
 */
export function judge(outcome: RunOutcome, job: { type: string }, options: JudgeOptions): Verdict {
  return finish(find(outcome, job.type, options), options);
}

/** First step of {@link judge}: return code 0–3 and text, without the worker's name. */
export function find(outcome: PluginOutcome, type: string, options: JudgeOptions): Finding {
  if (outcome.error !== undefined) return judgeError(outcome.error, options);
  if (outcome.timedOut) return timeoutFinding(type, options);
  const output = assemble(outcome, options.showErrorOutput);
  if (outcome.signal !== undefined) {
    const text = `UNKNOWN: Return code of ${outcome.signal} is out of bounds. Plugin exited by signal: ${signalName(outcome.signal)}.`;
    return outOfBounds(text, options, output);
  }
  if (outcome.exitCode === undefined) return outOfBounds(LOST, options, output);
  return judgeCode(outcome.exitCode, output, options);
}

/** Judges a built-in check. @param returnCode any integer @param output in place of stdout */
export function findInternal(returnCode: number, output: Buffer, options: JudgeOptions): Finding {
  return judgeCode(returnCode, clean(output), options);
}

/** State and text of a check that timed out. Source: worker.md 4.4. */
export function timeoutFinding(type: string, { identifier, timeoutReturn }: JudgeOptions): Finding {
  const kind = type === "service" ? "Service Check" : type === "host" ? "Host Check" : "Check";
  const output = concat(`(${kind} Timed Out On Worker: `, identifier, ")");
  return { returnCode: timeoutReturn, output, isPluginText: false };
}

/** State and text of an error of the worker itself (D11). */
export function defectFinding(text: string, options: JudgeOptions): Finding {
  return outOfBounds(`UNKNOWN: ${text}`, options, Buffer.alloc(0));
}

/** Last step of {@link judge}: adds names as configured by `worker_name_in_result`, or else `debug-result`. */
export function finish({ returnCode, output, isPluginText }: Finding, options: JudgeOptions): Verdict {
  const named = isPluginText ? withWorkerName(output, options) : output;
  return { returnCode, output: withDebugPrefix(trim(named, isLineEnd), options) };
}

function judgeCode(code: number, output: Buffer, options: JudgeOptions): Finding {
  if (code >= 0 && code <= 3) return { returnCode: code, output, isPluginText: true };
  if (code === 126) return outOfBounds(NOT_EXECUTABLE, options, output);
  if (code === 127) return outOfBounds(NOT_FOUND, options, output);
  return outOfBounds(`CRITICAL: Return code of ${code} is out of bounds.`, options, output);
}

const NOT_FOUND =
  "UNKNOWN: Return code of 127 is out of bounds. Make sure the plugin you're trying to run actually exists.";
const NOT_EXECUTABLE =
  "UNKNOWN: Return code of 126 is out of bounds. Make sure the plugin you're trying to run is executable.";

const LOST = "UNKNOWN: The exit status of the plugin is lost.";

function judgeError(error: { errno: string; text: string }, options: JudgeOptions): Finding {
  const nothing = Buffer.alloc(0);
  if (error.errno === "ENOENT") return outOfBounds(NOT_FOUND, options, nothing);
  if (error.errno === "EACCES") return outOfBounds(NOT_EXECUTABLE, options, nothing);
  return defectFinding(error.text, options);
}

function outOfBounds(text: string, { identifier }: JudgeOptions, output: Buffer): Finding {
  const whole = concat(`${text} (worker: `, identifier, ")\n", output);
  return { returnCode: UNKNOWN, output: whole, isPluginText: false };
}

function assemble(outcome: PluginOutcome, showErrorOutput: boolean): Buffer {
  const stdout = clean(outcome.stdout);
  const stderr = clean(outcome.stderr);
  if (!showErrorOutput || outcome.exitCode === 0 || stderr.length === 0) return stdout;
  return concat(stdout, "\n[", stderr, "]");
}

/** Removes NUL bytes, where receivers in C would cut the text (D19), and white space at both ends. */
function clean(output: Buffer): Buffer {
  return trim(withoutNul(output), isSpace);
}

function withoutNul(output: Buffer): Buffer {
  const first = output.indexOf(0);
  if (first < 0) return output;
  const kept = Buffer.allocUnsafe(output.length - 1);
  let to = output.copy(kept, 0, 0, first);
  for (let at = first; at < output.length; at++) if (output[at] !== 0) kept[to++] = output[at] ?? 0;
  return kept.subarray(0, to);
}

function withWorkerName(output: Buffer, { identifier, workerNameInResult }: JudgeOptions): Buffer {
  if (workerNameInResult === "off") return output;
  if (workerNameInResult === "on") return concat("(worker: ", identifier, ") ", output);
  const at = output.indexOf(PIPE);
  if (at < 0) return concat(output, " (worker: ", identifier, ")");
  const text = trim(output.subarray(0, at), isSpace);
  return concat(text, " (worker: ", identifier, ") ", output.subarray(at));
}

function withDebugPrefix(output: Buffer, { debugHostName, workerNameInResult }: JudgeOptions): Buffer {
  if (debugHostName === undefined || workerNameInResult !== "off") return output;
  return concat("(", debugHostName, ") - ", output);
}

function trim(bytes: Uint8Array, set: Uint8Array): Buffer {
  let start = 0;
  let end = bytes.length;
  while (start < end && set[bytes[start] ?? 0]) start++;
  while (end > start && set[bytes[end - 1] ?? 0]) end--;
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
}

function concat(...parts: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

function byteSet(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const byte of Buffer.from(characters, "latin1")) set[byte] = 1;
  return set;
}
