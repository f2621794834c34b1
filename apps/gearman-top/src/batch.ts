import { printAddress, printable, type ServerAddress } from "@mod-gearman/base";
import { askQueues } from "./ask.ts";
import { classicRows, printClassic, printTime } from "./classic.ts";
import { newServer, type ServerModel, withAnswer } from "./model.ts";
import type { World } from "./world.ts";

export interface BatchOptions {
  readonly servers: readonly ServerAddress[];
  /** Time between the starts of two rounds; undefined: one round. */
  readonly intervalMs: number | undefined;
  /** Per server and round. */
  readonly timeoutMs: number;
  readonly hideEmpty: boolean;
  readonly verbose: boolean;
}

type BatchWorld = Pick<World, "query" | "clock" | "date" | "print" | "printError">;

/**
 * Prints the classic text once or repeatedly: all servers are asked at the same time, each is printed as soon as those before
 * it have been. Ends after the round in which `isOver` becomes true.
 */
export async function printBatch(
  options: BatchOptions,
  world: BatchWorld,
  isOver: () => boolean,
): Promise<void> {
  const { servers, intervalMs } = options;
  let models = servers.map((one) => newServer(printable(printAddress(one))));
  for (;;) {
    const startMs = world.clock.monotonicMs();
    const answers = models.map((model, at) => next(model, servers[at], options, world));
    models = [];
    for (const answer of answers) {
      const model = await answer;
      models.push(model);
      if (isOver()) return;
      await world.print(blockOf(model, options, world));
    }
    if (intervalMs === undefined || isOver()) return;
    const waitMs = Math.max(0, startMs + intervalMs - world.clock.monotonicMs());
    await new Promise<void>((resolve) => world.clock.setTimeout(resolve, waitMs));
  }
}

async function next(
  model: ServerModel,
  server: ServerAddress | undefined,
  options: BatchOptions,
  world: BatchWorld,
): Promise<ServerModel> {
  if (server === undefined) return model;
  const startMs = world.clock.monotonicMs();
  const answer = await askQueues(server, options.timeoutMs, world.query);
  const nowMs = world.clock.monotonicMs();
  if (options.verbose) {
    const what = answer.kind === "queues" ? `${answer.queues.length} queues` : answer.message;
    world.printError(`gearman_top: ${model.server}: ${what} (${(nowMs - startMs).toFixed(1)} ms)`);
  }
  return withAnswer(model, answer, nowMs);
}

function blockOf({ server, version, answer }: ServerModel, options: BatchOptions, world: BatchWorld): Buffer {
  const rows = answer?.kind === "queues" ? classicRows(answer.queues, options.hideEmpty) : [];
  const content = answer?.kind === "failure" ? answer.message : rows;
  const time = printTime(world.date());
  return printClassic({ time, server, content, version });
}
