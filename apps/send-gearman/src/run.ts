import type { Readable } from "node:stream";
import type { SenderOptions } from "@mod-gearman/config";
import { BriefSealer } from "@mod-gearman/crypto";
import {
  type DeliveryCounts,
  describeCounts,
  openDelivery,
  type ResultDelivery,
  type SenderDeliveryDeps,
} from "@mod-gearman/delivery";
import type { Micros } from "@mod-gearman/payload";
import { type Argument, runSender, type SenderWorld } from "@mod-gearman/program";
import { readAll } from "./input.ts";
import { printOutcome, traceText } from "./result-text.ts";

export interface RunDeps extends SenderWorld, SenderDeliveryDeps {
  /** Standard input; called only if it is to be read. */
  readonly input: () => Readable;
  readonly nowMicros: () => Micros;
  /** Calls its argument when a signal asks the program to end. */
  readonly onStop: (stop: () => void) => void;
}

/** Longest output read from standard input for one result. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const OK = 0;
const UNKNOWN = 3;

/**
 * The program. Source: tools.md 4 and 5.
 *
 * @param argv arguments without interpreter and script
 * @returns exit code: 0 everything is accepted, or kept in the spool; 3 otherwise, help and version included; 2 bad
 *   settings with `--check-config`
 */
export function run(argv: readonly Argument[], deps: RunDeps): Promise<number> {
  return runSender("send_gearman", argv, deps, (options) => send(options, deps));
}

/** State shared by {@link single} and {@link list}. */
interface Run {
  readonly options: SenderOptions;
  readonly delivery: ResultDelivery;
  /** Absent: results are sent unencrypted. */
  readonly password: Buffer | undefined;
  /** Gets the text of every result before encryption. */
  readonly trace: ((text: string) => void) | undefined;
}

async function send(options: SenderOptions, deps: RunDeps): Promise<number> {
  const delivery = openDelivery(options, deps);
  if (options.debug > 0) deps.printError(`encryption ${options.encryption ? "enabled" : "is disabled"}`);
  const trace = options.debug > 1 ? deps.printError : undefined;
  const password = options.encryption ? options.key : undefined;
  const started = { options, delivery, password, trace };
  return options.host === undefined ? await list(started, deps) : await single(options.host, started, deps);
}

async function single(
  host: Buffer,
  { options, delivery, password, trace }: Run,
  deps: RunDeps,
): Promise<number> {
  const { service, returnCode, message, resultQueue } = options;
  const output = message ?? (await outputFromInput(options.timeoutSeconds, deps));
  if (output === undefined) return UNKNOWN;
  const outcome = { host, returnCode, output, ...(service === undefined ? {} : { service }) };
  const text = printOutcome(options, outcome, deps.nowMicros());
  trace?.(traceText(resultQueue, text));
  delivery.add({ function: resultQueue, data: new BriefSealer(password).seal(text) });
  const counts = await delivery.finish();
  describeCounts(counts, 0, options.spool).forEach(deps.printError);
  return counts.failed === 0 ? OK : UNKNOWN;
}

/** The plugin output on standard input; undefined if there is none; the reason has been printed. */
async function outputFromInput(timeoutSeconds: number, deps: RunDeps): Promise<Buffer | undefined> {
  const limits = { maxBytes: MAX_OUTPUT_BYTES, timeoutMs: timeoutSeconds * 1000 };
  const input = await readAll(deps.input(), limits, deps.clock);
  if ("bytes" in input) return input.bytes;
  if (input.problem === "timeout") {
    const hint = "Either send plugin output to stdin or use --message=...";
    deps.print(`got no input after ${timeoutSeconds} seconds! ${hint}\n`);
  } else if ("text" in input) deps.printError(`cannot read standard input: ${input.text}`);
  else deps.printError(`the plugin output is longer than ${MAX_OUTPUT_BYTES} bytes, nothing was sent`);
  return undefined;
}

async function list({ options, delivery, password, trace }: Run, deps: RunDeps): Promise<number> {
  const startedMs = deps.clock.monotonicMs();
  const { nowMicros, printError, onStop } = deps;
  const listDeps = { input: deps.input(), nowMicros, printError, onStop };
  const { ResultSender, sendList } = await import("./list.ts");
  const sender = new ResultSender(options, delivery, { password, trace });
  const { skipped, stopped } = await sendList(options.delimiter, sender, delivery, listDeps);
  const counts = await delivery.finish();
  if (options.debug > 0) printError(statistics(counts, deps.clock.monotonicMs() - startedMs));
  if (stopped !== undefined) printError(stopped);
  describeCounts(counts, skipped, options.spool).forEach(printError);
  if (counts.failed > 0) deps.print("failed to send result!\n");
  else deps.print(`${counts.sent} data packet(s) sent to host successfully.\n`);
  return counts.failed === 0 && stopped === undefined ? OK : UNKNOWN;
}

function statistics(counts: DeliveryCounts, elapsedMs: number): string {
  const rate = (counts.sent / Math.max(elapsedMs, 1)) * 1000;
  const { sent, failed } = counts;
  return `gearmand submission statistics: jobs: ${sent}   errors: ${failed}   submit_rate: ${rate.toFixed(1)}/s`;
}
