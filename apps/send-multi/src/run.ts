import type { SenderOptions } from "@mod-gearman/config";
import { BriefSealer } from "@mod-gearman/crypto";
import {
  type DeliveryCounts,
  describeCounts,
  openDelivery,
  type ResultDelivery,
} from "@mod-gearman/delivery";
import { identitySealer, runSender } from "@mod-gearman/program";
import { readInput } from "./input.ts";
import { MultiInput } from "./multi-input.ts";
import { ChildSender, outcome } from "./report.ts";
import type { World } from "./world.ts";

const TIMEOUT = 2;

type Options = SenderOptions & { readonly host: Buffer };

/**
 * Runs the program with the arguments of the `World`. Source: tools.md 4 and 6.
 *
 * @returns exit code: 0 every child is accepted, or kept in the spool; 2 no input in time, unreadable input, bad
 *   settings with `--check-config`; 3 otherwise, help and version included
 */
export function run(world: World): Promise<number> {
  return runSender("send_multi", world, (options) => {
    const { host = Buffer.alloc(0) } = options; // loadSender refuses a call without host
    return send({ ...options, host }, world);
  });
}

async function send(options: Options, world: World): Promise<number> {
  const now = world.nowMicros();
  const delivery = openDelivery(options, world);
  const { encryption, identityFile, key, resultQueue } = options;
  const sealer =
    identityFile === undefined
      ? new BriefSealer(encryption ? key : undefined)
      : identitySealer(identityFile, resultQueue, () => now);
  const sender = new ChildSender(options, sealer, delivery, now, world.printError);
  const multi = new MultiInput((block) => sender.add(block));
  const timeoutMs = options.timeoutSeconds * 1000;
  const progress = world.progress?.();
  const problem = await readInput(world.input(), multi, delivery, {
    ...{ timeoutMs, clock: world.clock },
    onPiece: () => progress?.show(sender.children, "children read"),
  });
  const counts = await finish(options, delivery, timeoutMs, world);
  describeCounts(counts ?? delivery.counts, sender.skipped, options.spool).forEach(world.printError);
  if (problem === "timeout" || counts === undefined) {
    const hint = "Send plugin output to stdin.";
    world.print(`Timeout after ${options.timeoutSeconds} seconds - got no input! ${hint}\n`);
    return TIMEOUT;
  }
  if (problem !== undefined) {
    world.printError(`cannot read standard input: ${problem.message}`);
    return TIMEOUT;
  }
  const { text, exitCode } = outcome({ counts, unclosed: multi.unclosed, message: multi.message });
  world.print(text);
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
  world: World,
): Promise<DeliveryCounts | undefined> {
  const finished = delivery.finish();
  if (timeoutMs === 0 || options.retries > 0 || options.spool !== undefined) return finished;
  const timeout = Promise.withResolvers<undefined>();
  const timer = world.clock.setTimeout(() => timeout.resolve(undefined), timeoutMs);
  const counts = await Promise.race([finished, timeout.promise]);
  world.clock.clearTimeout(timer);
  return counts;
}
