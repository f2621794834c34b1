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
import { readInput } from "./input.ts";
import { MultiInput } from "./multi-input.ts";
import { ChildSender, outcome } from "./report.ts";

export interface RunDeps extends SenderWorld, SenderDeliveryDeps {
  /** Standard input; called only if it is to be read. */
  readonly input: () => Readable;
  readonly nowMicros: () => Micros;
}

const TIMEOUT = 2;

type Options = SenderOptions & { readonly host: Buffer };

/**
 * The program. Source: tools.md 4 and 6.
 *
 * @param argv arguments without interpreter and script
 * @returns exit code: 0 every child is accepted, or kept in the spool; 2 no input in time, unreadable input, bad
 *   settings with `--check-config`; 3 otherwise, help and version included
 */
export function run(argv: readonly Argument[], deps: RunDeps): Promise<number> {
  return runSender("send_multi", argv, deps, (options) => {
    const { host = Buffer.alloc(0) } = options; // loadSender refuses a call without host
    return send({ ...options, host }, deps);
  });
}

async function send(options: Options, deps: RunDeps): Promise<number> {
  const now = deps.nowMicros();
  const delivery = openDelivery(options, deps);
  const sealer = new BriefSealer(options.encryption ? options.key : undefined);
  const sender = new ChildSender(options, sealer, delivery, now, deps.printError);
  const multi = new MultiInput((block) => sender.add(block));
  const timeoutMs = options.timeoutSeconds * 1000;
  const problem = await readInput(deps.input(), multi, delivery, { timeoutMs, clock: deps.clock });
  const counts = await finish(options, delivery, timeoutMs, deps);
  describeCounts(counts ?? delivery.counts, sender.skipped, options.spool).forEach(deps.printError);
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
 * The outcome of the children; undefined if the timeout for input elapses first. With retries or a spool there is no
 * timeout.
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
