import type { CheckGearmanOptions } from "@mod-gearman/config";
import type { Queue } from "./queue-rules.ts";
import { inLine } from "./verdict.ts";

export type QueueFilter = Pick<CheckGearmanOptions, "queue" | "include" | "exclude">;

/** The queues to check, and what of the filter matched no queue. */
export interface QueueChoice {
  readonly queues: readonly Queue[];
  /** Texts about a queue or pattern that matched nothing; a warning. */
  readonly missing: readonly string[];
}

/**
 * Queues that pass all of: `-q`, one of the include patterns (if there are any), none of the exclude patterns, not
 * stale. A named queue that does not exist, or an include pattern without match, is a warning: otherwise the check would be
 * OK without checking anything. An exclude pattern may match nothing.
 */
export function chooseQueues(
  all: readonly Queue[],
  filter: QueueFilter,
  stale: ReadonlySet<string>,
): QueueChoice {
  const include = filter.include.map(toPattern);
  const exclude = filter.exclude.map(toPattern);
  const unmatched = include
    .filter((pattern) => !all.some(({ name }) => pattern.test(name)))
    .map((pattern) => `No queue matches ${inLine(pattern.source)}. `);
  const passes = ({ name }: Queue) =>
    (include.length === 0 || include.some((pattern) => pattern.test(name))) &&
    !exclude.some((pattern) => pattern.test(name));
  const queueName = filter.queue?.toString("latin1");
  const named = queueName === undefined ? all : all.filter(({ name }) => name === queueName);
  const chosen = named.filter(passes);
  return {
    queues: chosen.filter(({ name }) => !stale.has(name)),
    missing: queueName === undefined ? unmatched : [...missingName(queueName, named, chosen)],
  };
}

function* missingName(
  queueName: string,
  named: readonly Queue[],
  chosen: readonly Queue[],
): Iterable<string> {
  if (named.length === 0) yield `Queue ${inLine(queueName)} not found`;
  else if (chosen.length === 0) yield `Queue ${inLine(queueName)} is left out by a pattern`;
}

interface Pattern {
  /** Latin1. */
  readonly source: string;
  /** @param name latin1 */
  test(name: string): boolean;
}

/** Patterns are characters, names are bytes: compared as UTF-8. */
function toPattern(source: string): Pattern {
  const expression = new RegExp(source);
  return {
    source: Buffer.from(source, "utf8").toString("latin1"),
    test: (name) => expression.test(Buffer.from(name, "latin1").toString("utf8")),
  };
}
