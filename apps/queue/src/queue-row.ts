import {
  type AdminReply,
  type PriorityStatus,
  parsePriorityStatusLine,
  parseQueueListLine,
  parseStatusLine,
} from "@mod-gearman/protocol";
import { isUnknown, problemOf, type ServerTalk } from "./server-talk.ts";

/** A queue of a job server; undefined is what the server does not say. */
export interface QueueRow {
  /** latin1 string of its bytes. */
  readonly name: string;
  readonly state: "-" | "paused" | "stalled" | undefined;
  readonly waiting: number;
  /** Waiting ones by priority. */
  readonly high: number;
  readonly normal: number;
  readonly low: number;
  readonly later: number | undefined;
  readonly running: number;
  readonly workers: number;
  /** Of the job that waits longest. */
  readonly ageSeconds: number | undefined;
  readonly bytes: number | undefined;
}

export interface QueueTable {
  readonly rows: readonly QueueRow[];
  /** `mod-gearman`: this suite's job server, with all operations; `gearmand`: the one in C, or another. */
  readonly kind: "mod-gearman" | "gearmand";
}

type Table = Extract<AdminReply, { kind: "table" }>;

/** All queues of a server. @returns a text why not */
export async function readQueues(talk: ServerTalk): Promise<QueueTable | string> {
  const answer = await talk.ask("queue list");
  if (!isUnknown(answer)) {
    if (answer.kind === "table") return { rows: answer.lines.flatMap(rowOf), kind: "mod-gearman" };
    return problemOf(answer) ?? "the answer is not that of a job server";
  }
  const [status, priorities] = await talk.askAll(["status", "prioritystatus"]);
  if (status?.kind !== "table")
    return (status && problemOf(status)) ?? "the answer is not that of a job server";
  return {
    rows: classicRows(status, priorities?.kind === "table" ? priorities : undefined),
    kind: "gearmand",
  };
}

function rowOf(line: Buffer): QueueRow[] {
  const row = parseQueueListLine(line);
  return row === undefined ? [] : [{ ...row, waiting: row.high + row.normal + row.low + row.later }];
}

function classicRows(status: Table, priorities: Table | undefined): QueueRow[] {
  const byName = new Map<string, PriorityStatus>();
  for (const line of priorities?.lines ?? []) {
    const one = parsePriorityStatusLine(line);
    if (one !== undefined) byName.set(one.queue.toString("latin1"), one);
  }
  return status.lines.flatMap((line) => {
    const one = parseStatusLine(line);
    if (one === undefined) return [];
    const name = one.queue.toString("latin1");
    const waiting = Math.max(one.total - one.running, 0);
    const { high, normal, low } = byName.get(name) ?? { high: 0, normal: waiting, low: 0 };
    const unknown = { state: undefined, later: undefined, ageSeconds: undefined, bytes: undefined };
    return [{ name, waiting, high, normal, low, running: one.running, workers: one.workers, ...unknown }];
  });
}
