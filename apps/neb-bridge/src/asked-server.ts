import { printAddress, type ServerAddress } from "@mod-gearman/base";
import { AdminConnection, type AdminQuery, adminFailureOf } from "@mod-gearman/client";
import {
  type AdminReply,
  parsePriorityStatusLine,
  parseQueueListLine,
  parseStatusLine,
  parseVersionLine,
  parseWorkerLine,
  type QueueStatus,
} from "@mod-gearman/protocol";
import {
  type ConnectionPart,
  QUEUE_ACTIONS,
  type QueuePart,
  type Read,
  type ServerPart,
} from "@mod-gearman/site-page";
import { crowdedStatus } from "./crowded-server.ts";

const TIMEOUT_MS = 2000;
const MOST_REPLY_BYTES = 2 * 1024 * 1024;
const MOST_QUEUES = 1000;
const MOST_CONNECTIONS = 2000;
const MOST_FUNCTIONS = 64;
/** A server that knows only the first two is shown by them; the last two are ours alone. */
const COMMANDS = ["status", "version", "workers", "prioritystatus", "show counters", "queue list"] as const;

/** What was read of a server. */
export interface AskedServer extends Read<ServerPart> {
  /** Its table of queues is too long for all commands: asking them is not worth it the next time. */
  readonly isCrowded?: boolean;
}

/** What the page shows of a job server of any make, by its text commands. Never rejects. */
export async function askedServer(
  server: ServerAddress,
  query: AdminQuery = AdminConnection.query,
  wasCrowded = false,
): Promise<AskedServer> {
  const name = printAddress(server);
  const away = (error: unknown): AskedServer => ({ value: awayServer(name, error), rows: 0 });
  try {
    if (wasCrowded) return await crowdedServer(name, server, query);
    return await wholeServer(name, server, query);
  } catch (error) {
    if (wasCrowded || adminFailureOf(error).kind !== "invalid") return away(error);
    return crowdedServer(name, server, query).catch(away);
  }
}

async function wholeServer(name: string, server: ServerAddress, query: AdminQuery): Promise<AskedServer> {
  const limits = { timeoutMs: TIMEOUT_MS, maxReplyBytes: MOST_REPLY_BYTES, requiredReplies: 1 };
  const replies = await query(server, COMMANDS, limits);
  const [status, version, workers, priorities, counters, list] = replies;
  const more = moreOf(linesOf(counters), linesOf(list));
  const queues = queueParts(linesOf(status), linesOf(priorities), more);
  const connections = linesOf(workers).flatMap(connectionPart);
  const part: ServerPart = {
    name,
    version: version?.kind === "line" ? parseVersionLine(version.line).toString("latin1") : undefined,
    actions: list?.kind === "table" ? QUEUE_ACTIONS : [],
    connections: workers?.kind === "table" ? workers.lines.length : undefined,
    queues: queues.slice(0, MOST_QUEUES),
    workers: connections.slice(0, MOST_CONNECTIONS),
    omitted: {
      queues: Math.max(queues.length - MOST_QUEUES, 0),
      workers: Math.max(connections.length - MOST_CONNECTIONS, 0),
    },
  };
  return { value: part, rows: replies.reduce((sum, reply) => sum + linesOf(reply).length, 0) };
}

async function crowdedServer(name: string, server: ServerAddress, query: AdminQuery): Promise<AskedServer> {
  const { queues, omitted } = await crowdedStatus(server, MOST_QUEUES, TIMEOUT_MS, query);
  const rows = queues.length + omitted;
  const part: ServerPart = {
    ...{ name, queues: queues.map(statusPart), workers: [], omitted: { queues: omitted, workers: 0 } },
    problem: `it has ${rows} queues, and its workers cannot be shown here`,
  };
  return { value: part, rows, isCrowded: true };
}

function awayServer(name: string, error: unknown): ServerPart {
  return { name, away: awayText(error), queues: [], workers: [] };
}

function awayText(error: unknown): string {
  const failure = adminFailureOf(error);
  if (failure.kind === "timeout") return "no answer in 2 s";
  return failure.kind === "invalid" ? "its answer is not that of a job server" : failure.text;
}

const linesOf = (reply: AdminReply | undefined): readonly Buffer[] =>
  reply?.kind === "table" ? reply.lines : [];

function statusPart({ queue, total, running, workers }: QueueStatus): QueuePart {
  return { name: latin1(queue), waiting: Math.max(total - running, 0), running, workers };
}

/** Those in use first. */
function queueParts(
  status: readonly Buffer[],
  priorityLines: readonly Buffer[],
  more: ReadonlyMap<string, Partial<QueuePart>>,
): QueuePart[] {
  const priorities = new Map(
    priorityLines.flatMap((line) => {
      const one = parsePriorityStatusLine(line);
      return one === undefined ? [] : [[latin1(one.queue), [one.high, one.normal, one.low] as const]];
    }),
  );
  const queues = status.flatMap((line): QueuePart[] => {
    const one = parseStatusLine(line);
    if (one === undefined) return [];
    const part = statusPart(one);
    return [{ ...part, priorities: priorities.get(part.name), ...more.get(part.name) }];
  });
  const isUsed = ({ waiting, running, workers }: QueuePart) => Number(waiting + running + workers > 0);
  return queues.toSorted((a, b) => isUsed(b) - isUsed(a));
}

/** What only servers of ours say, by name. */
function moreOf(
  counterLines: readonly Buffer[],
  listLines: readonly Buffer[],
): Map<string, Partial<QueuePart>> {
  const more = new Map(counterLines.map((line) => readCounters(latin1(line))));
  for (const line of listLines) {
    const one = parseQueueListLine(line);
    if (one === undefined) continue;
    const state = { isPaused: one.state === "paused", isStalled: one.state === "stalled" };
    more.set(one.name, { ...more.get(one.name), ...state });
  }
  return more;
}

/** One line of `show counters`. Source: job-server.md 3 (X49). */
function readCounters(line: string): [string, Partial<QueuePart>] {
  const [name = "", , , , bytes, age, grabs, , requeued, dropped = ""] = line.split("\t");
  const drops = [...dropped.matchAll(/=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  const oldestWaitingSeconds = age === "-" ? undefined : Number(age);
  const counts = { bytes: Number(bytes), grabs: Number(grabs), requeued: Number(requeued), drops };
  return [name, { ...counts, oldestWaitingSeconds }];
}

/** Connections without functions are clients. */
function connectionPart(line: Buffer): ConnectionPart[] {
  const one = parseWorkerLine(line);
  if (one === undefined || one.functions.length === 0) return [];
  const functions = one.functions.slice(0, MOST_FUNCTIONS).map(latin1);
  return [
    {
      ...{ id: one.fd, address: latin1(one.ip), clientId: latin1(one.id) },
      functions,
      jobs: [],
      jobCount: 0,
    },
  ];
}

const latin1 = (bytes: Buffer): string => bytes.toString("latin1");
