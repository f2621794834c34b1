import { type Clock, printAddress, printable, type ServerAddress } from "@mod-gearman/base";
import type { AdminQuery } from "@mod-gearman/client";
import { askQueues } from "./ask.ts";
import { classicRows, printClassic, printTime } from "./classic.ts";
import { newServer, type ServerModel, withAnswer } from "./model.ts";

export interface BatchOptions {
  readonly servers: readonly ServerAddress[];
  /** Time between the starts of two rounds; undefined: one round. */
  readonly intervalMs: number | undefined;
  /** Per server and round. */
  readonly timeoutMs: number;
  readonly hideEmpty: boolean;
  readonly verbose: boolean;
}

export interface BatchDeps {
  readonly query: AdminQuery;
  readonly clock: Clock;
  readonly date: () => Date;
  /** Resolves when the bytes have been written, so that a slow reader slows the output. */
  print(bytes: Buffer): Promise<void>;
  printError(line: string): void;
}

/**
 * Prints the classic text once or repeatedly: all servers are asked at the same time, each is printed as soon as those before
 * it have been. Ends after the round in which `isOver` becomes true.
 */
export async function printBatch(
  options: BatchOptions,
  deps: BatchDeps,
  isOver: () => boolean,
): Promise<void> {
  const { servers, intervalMs } = options;
  let models = servers.map((one) => newServer(printable(printAddress(one))));
  for (;;) {
    const startMs = deps.clock.monotonicMs();
    const answers = models.map((model, at) => next(model, servers[at], options, deps));
    models = [];
    for (const answer of answers) {
      const model = await answer;
      models.push(model);
      if (isOver()) return;
      await deps.print(blockOf(model, options, deps));
    }
    if (intervalMs === undefined || isOver()) return;
    const waitMs = Math.max(0, startMs + intervalMs - deps.clock.monotonicMs());
    await new Promise<void>((resolve) => deps.clock.setTimeout(resolve, waitMs));
  }
}

async function next(
  model: ServerModel,
  server: ServerAddress | undefined,
  options: BatchOptions,
  deps: BatchDeps,
): Promise<ServerModel> {
  if (server === undefined) return model;
  const startMs = deps.clock.monotonicMs();
  const answer = await askQueues(server, options.timeoutMs, deps.query);
  const nowMs = deps.clock.monotonicMs();
  if (options.verbose) {
    const what = answer.kind === "queues" ? `${answer.queues.length} queues` : answer.message;
    deps.printError(`gearman_top: ${model.server}: ${what} (${(nowMs - startMs).toFixed(1)} ms)`);
  }
  return withAnswer(model, answer, nowMs);
}

function blockOf({ server, version, answer }: ServerModel, options: BatchOptions, deps: BatchDeps): Buffer {
  const rows = answer?.kind === "queues" ? classicRows(answer.queues, options.hideEmpty) : [];
  const content = answer?.kind === "failure" ? answer.message : rows;
  const time = printTime(deps.date());
  return printClassic({ time, server, content, ...(version !== undefined && { version }) });
}
