import type { CheckGearmanOptions } from "@mod-gearman/config";
import type { Queue } from "./queue-rules.ts";
import { inLine } from "./verdict.ts";

/** Which queues to look at. */
export type QueueFilter = Pick<CheckGearmanOptions, "queue" | "include" | "exclude">;

/** The queues to look at, or what is wrong with the filter. */
export interface QueueChoice {
  readonly queues: readonly Queue[];
  /** What was asked for and is not there; a warning. */
  readonly missing: readonly string[];
}

/**
 * Queues that pass all of: `-q`, one of the include patterns (if there are any), none of the exclude patterns, not
 * stale. A queue that was named and is not there, or an include pattern that no queue matches, is a warning: the check
 * would else stay green while it looks at nothing. An exclude pattern may match nothing.
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
  const wanted = filter.queue?.toString("latin1");
  const named = wanted === undefined ? all : all.filter(({ name }) => name === wanted);
  const chosen = named.filter(passes);
  return {
    queues: chosen.filter(({ name }) => !stale.has(name)),
    missing: wanted === undefined ? unmatched : [...missingName(wanted, named, chosen)],
  };
}

function* missingName(wanted: string, named: readonly Queue[], chosen: readonly Queue[]): Iterable<string> {
  if (named.length === 0) yield `Queue ${inLine(wanted)} not found`;
  else if (chosen.length === 0) yield `Queue ${inLine(wanted)} is left out by a pattern`;
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
