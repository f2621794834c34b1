import type { Readable } from "node:stream";
import type { StoreAccess } from "@mod-gearman/client";
import { type Clock, type DeliveryCounts, type DuplexFactory, ResultDelivery } from "@mod-gearman/client";
import {
  type Argument,
  ConfigError,
  checkConfigReport,
  type LoadDeps,
  loadSender,
  type SenderOptions,
  type Warning,
} from "@mod-gearman/config";
import type { Micros } from "@mod-gearman/payload";
import { readAll } from "./input.ts";
import { ResultSender } from "./result-sender.ts";

/** The outside world of the program. */
export interface RunDeps {
  readonly files: LoadDeps;
  /** Standard input; asked for only when it is to be read. */
  readonly input: () => Readable;
  /** To standard output. */
  readonly print: (text: string) => void;
  /** One line to standard error. */
  readonly printError: (line: string) => void;
  readonly version: string;
  /** What the program runs on, for the version text. */
  readonly runtime: string;
  readonly nowMicros: () => Micros;
  readonly clock: Clock;
  /** The spool in a folder. */
  readonly store: (folder: string, maxBytes: number) => StoreAccess;
  /** Calls its argument when the program is told to end. */
  readonly onStop: (stop: () => void) => void;
  readonly duplex?: DuplexFactory;
}

/** Longest output read from standard input for one result. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const MAX_TIMER_MS = 2 ** 31 - 1;
const OK = 0;
const UNKNOWN = 3;

/**
 * The program. Source: tools.md 4 and 5.
 *
 * @param argv arguments without interpreter and script
 * @returns exit code: 0 everything is accepted, or kept in the spool; 3 all else, help and version included; 2 bad
 *   settings with `--check-config`
 */
export async function run(argv: readonly Argument[], deps: RunDeps): Promise<number> {
  try {
    const request = loadSender("send_gearman", argv, deps.files);
    if ("help" in request) {
      deps.print(request.help);
      return UNKNOWN;
    }
    if ("version" in request) {
      deps.print(`send_gearman: version ${deps.version} running on ${deps.runtime}\n\n`);
      return UNKNOWN;
    }
    if (request.checkConfig) {
      deps.print(checkConfigReport(request));
      return OK;
    }
    warn(request.warnings, deps);
    return await send(request.options, deps);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    warn(error.warnings, deps);
    deps.printError(error.message);
    if (error.help !== undefined) deps.printError(error.help.trimEnd());
    return error.exitCode;
  }
}

function warn(warnings: readonly Warning[], deps: RunDeps): void {
  for (const { text, level } of warnings) if (level !== "debug") deps.printError(text);
}

async function send(options: SenderOptions, deps: RunDeps): Promise<number> {
  const limitMs =
    options.gearmanConnectionTimeoutMs === 0 ? MAX_TIMER_MS : options.gearmanConnectionTimeoutMs;
  const delivery = new ResultDelivery({
    servers: options.servers,
    dupservers: options.dupservers,
    connectTimeoutMs: limitMs,
    submitTimeoutMs: limitMs,
    retries: options.retries,
    retryIntervalMs: options.retryIntervalSeconds * 1000,
    clock: deps.clock,
    onProblem: deps.printError,
    ...(options.spool === undefined ? {} : { store: deps.store(options.spool, options.spoolMaxBytes) }),
    ...(deps.duplex === undefined ? {} : { duplex: deps.duplex }),
  });
  if (options.debug > 0) deps.printError(`encryption ${options.encryption ? "enabled" : "is disabled"}`);
  const trace = options.debug > 1 ? deps.printError : undefined;
  const sender = new ResultSender(options, delivery, trace);
  return options.host === undefined
    ? await list(options, sender, delivery, deps)
    : await single({ ...options, host: options.host }, sender, delivery, deps);
}

async function single(
  options: SenderOptions & { readonly host: Buffer },
  sender: ResultSender,
  delivery: ResultDelivery,
  deps: RunDeps,
): Promise<number> {
  const { host, service, returnCode, message } = options;
  const output = message ?? (await outputFromInput(options.timeoutSeconds, deps));
  if (output === undefined) return UNKNOWN;
  const outcome = { host, returnCode, output, ...(service === undefined ? {} : { service }) };
  sender.setNow(deps.nowMicros());
  sender.add(outcome);
  sender.flush();
  const counts = await delivery.finish();
  tellCounts(counts, 0, options, deps);
  return counts.failed === 0 ? OK : UNKNOWN;
}

/** The plugin output on standard input; undefined when there is none, which was told then. */
async function outputFromInput(timeoutSeconds: number, deps: RunDeps): Promise<Buffer | undefined> {
  const limits = { maxBytes: MAX_OUTPUT_BYTES, timeoutMs: Math.min(timeoutSeconds * 1000, MAX_TIMER_MS) };
  const input = await readAll(deps.input(), limits, deps.clock);
  if ("bytes" in input) return input.bytes;
  if (input.problem === "timeout") {
    const hint = "Either send plugin output to stdin or use --message=...";
    deps.print(`got no input after ${timeoutSeconds} seconds! ${hint}\n`);
  } else if ("text" in input) deps.printError(`cannot read standard input: ${input.text}`);
  else deps.printError(`the plugin output is longer than ${MAX_OUTPUT_BYTES} bytes, nothing was sent`);
  return undefined;
}

async function list(
  options: SenderOptions,
  sender: ResultSender,
  delivery: ResultDelivery,
  deps: RunDeps,
): Promise<number> {
  const startedMs = deps.clock.now();
  const { nowMicros, printError, onStop } = deps;
  const listDeps = { input: deps.input(), nowMicros, printError, onStop };
  const { sendList } = await import("./list.ts");
  const { skipped, stopped } = await sendList(options.delimiter, sender, delivery, listDeps);
  const counts = await delivery.finish();
  if (options.debug > 0) deps.printError(statistics(counts, deps.clock.now() - startedMs));
  if (stopped !== undefined) deps.printError(stopped);
  tellCounts(counts, skipped, options, deps);
  if (counts.failed > 0) deps.print("failed to send result!\n");
  else deps.print(`${counts.sent} data packet(s) sent to host successfully.\n`);
  return counts.failed === 0 && stopped === undefined ? OK : UNKNOWN;
}

/** Nothing is lost, skipped or delayed without a line about it. */
function tellCounts(counts: DeliveryCounts, skipped: number, options: SenderOptions, deps: RunDeps): void {
  const { sent, kept, failed, sentEarlier, copiesFailed } = counts;
  if (sentEarlier > 0) deps.printError(`${sentEarlier} result(s) kept by an earlier call were sent`);
  if (kept > 0) deps.printError(`${kept} result(s) kept in ${options.spool} until a server is there`);
  if (copiesFailed > 0) deps.printError(`${copiesFailed} copies for duplicate servers failed`);
  if (skipped > 0 || failed > 0)
    deps.printError(`${sent} sent, ${kept} kept, ${skipped} skipped, ${failed} failed`);
}

function statistics(counts: DeliveryCounts, elapsedMs: number): string {
  const rate = (counts.sent / Math.max(elapsedMs, 1)) * 1000;
  const { sent, failed } = counts;
  return `gearmand submission statistics: jobs: ${sent}   errors: ${failed}   submit_rate: ${rate.toFixed(1)}/s`;
}
