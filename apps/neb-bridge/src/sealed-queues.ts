import type { ModuleOptions } from "@mod-gearman/config";

const STAR = 0x2a;

/** Whether a configuration with a master secret has the jobs of a queue sealed. */
export function isSealedQueue(
  queue: Buffer,
  { envelope, envelopeQueues }: Pick<ModuleOptions, "envelope" | "envelopeQueues">,
): boolean {
  return envelope === "v2" || envelopeQueues.some((name) => isMatch(name, queue));
}

/** A `*` at the end of `name` stands for any characters. */
function isMatch(name: Buffer, queue: Buffer): boolean {
  if (name.at(-1) !== STAR) return name.equals(queue);
  const start = name.subarray(0, -1);
  return queue.subarray(0, start.length).equals(start);
}
