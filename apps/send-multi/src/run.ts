import type { Readable } from "node:stream";
import {
  type Clock,
  type DeliveryCounts,
  type DuplexFactory,
  ResultDelivery,
  type StoreAccess,
} from "@mod-gearman/client";
import {
  type Argument,
  ConfigError,
  checkConfigReport,
  type LoadDeps,
  loadSender,
  type SenderOptions,
  type Warning,
} from "@mod-gearman/config";
import { createEnvelope } from "@mod-gearman/crypto";
import type { Micros } from "@mod-gearman/payload";
import { readInput } from "./input.ts";
import { MultiInput } from "./multi-input.ts";
import { ChildSender, outcome } from "./report.ts";

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
  readonly duplex?: DuplexFactory;
}

const MAX_TIMER_MS = 2 ** 31 - 1;
const OK = 0;
const TIMEOUT = 2;
const UNKNOWN = 3;

type Options = SenderOptions & { readonly host: Buffer };

/**
 * The program. Source: tools.md 4 and 6.
 *
 * @param argv arguments without interpreter and script
 * @returns exit code: 0 every child is accepted, or kept in the spool; 2 no input in time, unreadable input, bad
 *   settings with `--check-config`; 3 all else, help and version included
 */
export async function run(argv: readonly Argument[], deps: RunDeps): Promise<number> {
  try {
    const request = loadSender("send_multi", argv, deps.files);
    if ("help" in request) {
      deps.print(request.help);
      return UNKNOWN;
    }
    if ("version" in request) {
      deps.print(`send_multi: version ${deps.version} running on ${deps.runtime}\n\n`);
      return UNKNOWN;
    }
    if (request.checkConfig) {
      deps.print(checkConfigReport(request));
      return OK;
    }
    warn(request.warnings, deps);
    const { host = Buffer.alloc(0) } = request.options; // loadSender refuses a call without host
    return await send({ ...request.options, host }, deps);
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

function makeDelivery(options: Options, deps: RunDeps): ResultDelivery {
  const limitMs =
    options.gearmanConnectionTimeoutMs === 0 ? MAX_TIMER_MS : options.gearmanConnectionTimeoutMs;
  return new ResultDelivery({
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
}

async function send(options: Options, deps: RunDeps): Promise<number> {
  const now = deps.nowMicros();
  const delivery = makeDelivery(options, deps);
  const envelope = createEnvelope({
    mode: options.encryption ? "on" : "off",
    ...(options.key === undefined ? {} : { password: options.key }),
  });
  const sender = new ChildSender(options, envelope, delivery, now, deps.printError);
  const multi = new MultiInput((block) => sender.add(block));
  const timeoutMs = Math.min(options.timeoutSeconds * 1000, MAX_TIMER_MS);
  const problem = await readInput(deps.input(), multi, delivery, { timeoutMs, clock: deps.clock });
  const counts = await finish(options, delivery, timeoutMs, deps);
  tellCounts(counts ?? delivery.counts, sender.skipped, options, deps);
  if (problem === "timeout" || counts === undefined) {
    const hint = "Send plugin output to stdin.";
    deps.print(`Timeout after ${options.timeoutSeconds} seconds - got no input! ${hint}\n`);
    return TIMEOUT;
  }
  if (problem !== undefined) {
    deps.printError(`cannot read standard input: ${problem.message}`);
    return TIMEOUT;
  }
  const { text, exitCode } = outcome({ counts, unclosed: multi.unclosed, message: multi.message });
  deps.print(text);
  return exitCode;
}

/**
 * What became of the children; undefined when the time for input is over before that is known. With retries or a
 * spool it takes the time it takes.
 */
async function finish(
  options: Options,
  delivery: ResultDelivery,
  timeoutMs: number,
  deps: RunDeps,
): Promise<DeliveryCounts | undefined> {
  const finished = delivery.finish();
  if (timeoutMs === 0 || options.retries > 0 || options.spool !== undefined) return finished;
  const timeout = Promise.withResolvers<undefined>();
  const timer = deps.clock.setTimeout(() => timeout.resolve(undefined), timeoutMs);
  const counts = await Promise.race([finished, timeout.promise]);
  deps.clock.clearTimeout(timer);
  return counts;
}

/** Nothing is lost, skipped or delayed without a line about it. */
function tellCounts(counts: DeliveryCounts, skipped: number, options: Options, deps: RunDeps): void {
  const { sent, kept, failed, sentEarlier, copiesFailed } = counts;
  if (sentEarlier > 0) deps.printError(`${sentEarlier} result(s) kept by an earlier call were sent`);
  if (kept > 0) deps.printError(`${kept} result(s) kept in ${options.spool} until a server is there`);
  if (copiesFailed > 0) deps.printError(`${copiesFailed} copies for duplicate servers failed`);
  if (skipped > 0 || failed > 0)
    deps.printError(`${sent} sent, ${kept} kept, ${skipped} skipped, ${failed} failed`);
}
