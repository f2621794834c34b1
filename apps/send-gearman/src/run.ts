import type { SenderOptions } from "@mod-gearman/config";
import { BriefSealer } from "@mod-gearman/crypto";
import {
  type DeliveryCounts,
  describeCounts,
  openDelivery,
  type ResultDelivery,
} from "@mod-gearman/delivery";
import { identitySealer, type ResultSealer, runSender } from "@mod-gearman/program";
import { readAll } from "./input.ts";
import { printOutcome, traceText } from "./result-text.ts";
import type { World } from "./world.ts";

/** Longest output read from standard input for one result. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const OK = 0;
const UNKNOWN = 3;

/**
 * Runs the program with the arguments of the `World`. Source: tools.md 4 and 5.
 *
 * @returns exit code: 0 everything is accepted, or kept in the spool; 3 otherwise, help and version included; 2 bad
 *   settings with `--check-config`
 */
export function run(world: World): Promise<number> {
  return runSender("send_gearman", world, (options) => send(options, world));
}

/** State shared by {@link single} and {@link list}. */
interface Run {
  readonly options: SenderOptions;
  readonly delivery: ResultDelivery;
  /** Absent: results are sent unencrypted. */
  readonly password: Buffer | undefined;
  /** In place of the password. */
  readonly sealer: ResultSealer | undefined;
  /** Gets the text of every result before encryption. */
  readonly trace: ((text: string) => void) | undefined;
}

async function send(options: SenderOptions, world: World): Promise<number> {
  const delivery = openDelivery(options, world);
  if (options.debug > 0) world.printError(`encryption ${options.encryption ? "enabled" : "is disabled"}`);
  const trace = options.debug > 1 ? world.printError : undefined;
  const password = options.encryption ? options.key : undefined;
  const { identityFile, resultQueue } = options;
  const sealer = identityFile && identitySealer(identityFile, resultQueue, () => world.nowMicros());
  const started = { options, delivery, password, sealer, trace };
  return options.host === undefined ? await list(started, world) : await single(options.host, started, world);
}

async function single(
  host: Buffer,
  { options, delivery, password, sealer, trace }: Run,
  world: World,
): Promise<number> {
  const { service, returnCode, message, resultQueue } = options;
  const output = message ?? (await outputFromInput(options.timeoutSeconds, world));
  if (output === undefined) return UNKNOWN;
  const text = printOutcome(options, { host, service, returnCode, output }, world.nowMicros());
  trace?.(traceText(resultQueue, text));
  delivery.add({ function: resultQueue, data: (sealer ?? new BriefSealer(password)).seal(text) });
  const counts = await delivery.finish();
  describeCounts(counts, 0, options.spool).forEach(world.printError);
  return counts.failed === 0 ? OK : UNKNOWN;
}

/** The plugin output on standard input; undefined if there is none; the reason has been printed. */
async function outputFromInput(timeoutSeconds: number, world: World): Promise<Buffer | undefined> {
  const limits = { maxBytes: MAX_OUTPUT_BYTES, timeoutMs: timeoutSeconds * 1000 };
  const input = await readAll(world.input(), limits, world.clock);
  if ("bytes" in input) return input.bytes;
  if (input.problem === "timeout") {
    const hint = "Either send plugin output to stdin or use --message=...";
    world.print(`got no input after ${timeoutSeconds} seconds! ${hint}\n`);
  } else if ("text" in input) world.printError(`cannot read standard input: ${input.text}`);
  else world.printError(`the plugin output is longer than ${MAX_OUTPUT_BYTES} bytes, nothing was sent`);
  return undefined;
}

async function list({ options, delivery, password, sealer, trace }: Run, world: World): Promise<number> {
  const startedMs = world.clock.monotonicMs();
  const { printError } = world;
  const input = world.input();
  const { ResultSender, sendList } = await import("./list.ts");
  const sender = new ResultSender(options, delivery, { password, sealer, trace });
  const { skipped, stopped } = await sendList(input, options.delimiter, sender, delivery, world);
  const counts = await delivery.finish();
  if (options.debug > 0) printError(statistics(counts, world.clock.monotonicMs() - startedMs));
  if (stopped !== undefined) printError(stopped);
  describeCounts(counts, skipped, options.spool).forEach(printError);
  if (counts.failed > 0) world.print("failed to send result!\n");
  else world.print(`${counts.sent} data packet(s) sent to host successfully.\n`);
  return counts.failed === 0 && stopped === undefined ? OK : UNKNOWN;
}

function statistics(counts: DeliveryCounts, elapsedMs: number): string {
  const rate = (counts.sent / Math.max(elapsedMs, 1)) * 1000;
  const { sent, failed } = counts;
  return `gearmand submission statistics: jobs: ${sent}   errors: ${failed}   submit_rate: ${rate.toFixed(1)}/s`;
}
