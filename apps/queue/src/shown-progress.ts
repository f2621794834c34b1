import type { ProgressLine } from "@mod-gearman/program";
import { readQueues } from "./queue-row.ts";
import type { ServerTalk } from "./server-talk.ts";
import type { World } from "./world.ts";

/** Between two looks; each is a table of all queues. */
const LOOK_MS = 1000;

/** Work of one command at one queue. */
interface Watched {
  readonly talk: ServerTalk;
  /** Whose waiting jobs become fewer. */
  readonly queue: string;
  /** As `jobs dropped`. */
  readonly what: string;
}

/**
 * The end of `work`, which a server does in one command. On a terminal its progress is shown: how many jobs the queue has lost, as looks at
 * the server say.
 */
export async function withProgress<T>(
  { talk, queue, what }: Watched,
  { clock, progress }: Pick<World, "clock" | "progress">,
  work: () => Promise<T>,
): Promise<T> {
  const line = progress?.();
  if (line === undefined) return await work();
  const before = await waitingJobs(talk, queue);
  const ended = new AbortController();
  const look = async (): Promise<void> => {
    const waiting = await waitingJobs(talk, queue);
    if (ended.signal.aborted) return;
    if (before !== undefined && waiting !== undefined) showOf(line, before - waiting, before, what);
    arm();
  };
  const arm = (): void => {
    const timer = clock.setTimeout(() => void look(), LOOK_MS);
    ended.signal.onabort = () => clock.clearTimeout(timer);
  };
  arm();
  try {
    return await work();
  } finally {
    ended.abort();
    line.clear();
  }
}

/** @param done less than nothing if more jobs came than went */
export function showOf(line: ProgressLine, done: number, all: number, what: string): void {
  line.show(Math.max(done, 0), `of ${all} ${what}`);
}

async function waitingJobs(talk: ServerTalk, queue: string): Promise<number | undefined> {
  const table = await readQueues(talk);
  if (typeof table === "string") return undefined;
  return table.rows.find(({ name }) => name === queue)?.waiting ?? 0;
}
