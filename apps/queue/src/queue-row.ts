import {
  type AdminReply,
  type PriorityStatus,
  parsePriorityStatusLine,
  parseStatusLine,
} from "@mod-gearman/protocol";
import { decodeName, isUnknownCommand, problemOf, type ServerTalk } from "./server-talk.ts";

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
  if (!isUnknownCommand(answer)) {
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

/** Source: job-server.md 11, `queue list`. */
function rowOf(line: Buffer): QueueRow[] {
  const [name = "", state, ...numbers] = line.toString("latin1").split("\t");
  const [high = 0, normal = 0, low = 0, later = 0, running = 0, workers = 0, age = 0, bytes = 0] =
    numbers.map(Number);
  if (numbers.length < 8 || (state !== "-" && state !== "paused" && state !== "stalled")) return [];
  const waiting = high + normal + low + later;
  const ageSeconds = Number.isNaN(age) ? undefined : age;
  return [
    {
      name: decodeName(name),
      state,
      ...{ waiting, high, normal, low, later, running, workers, ageSeconds, bytes },
    },
  ];
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
