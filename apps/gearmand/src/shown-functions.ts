import { isUtf8 } from "node:buffer";
import type { QueueMetrics } from "@mod-gearman/server";
import { usedFirst } from "./used-first.ts";

/** A function in the metrics. */
export interface ShownFunction {
  readonly label: string;
  readonly queue: QueueMetrics;
}

/** Clients may make up any number of names; a scrape stays small. */
const MOST_FUNCTIONS = 1000;

/** Functions that are looked at until other work of the process has its turn. */
const PER_TURN = 2000;

/** The functions that are shown one by one: those with jobs or workers first, then the oldest. */
export async function shownFunctions(
  queues: Iterable<QueueMetrics>,
  most: number = MOST_FUNCTIONS,
): Promise<{ readonly functions: readonly ShownFunction[]; readonly omitted: number }> {
  const { shown, count } = await usedFirst(queues, { most, perTurn: PER_TURN });
  return {
    functions: shown.map((queue) => ({ label: labelOf(queue.name), queue })),
    omitted: count - shown.length,
  };
}

/** Names are bytes, mostly UTF-8; others are shown as `\xff` where they are not ASCII. */
function labelOf(name: string): string {
  const bytes = Buffer.from(name, "latin1");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  return name.replace(/[\u0080-\u00ff]/g, (one) => `\\x${one.charCodeAt(0).toString(16)}`);
}
