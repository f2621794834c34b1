import { printAddress, printable, type ServerAddress } from "@mod-gearman/base";
import { type AdminFailure, type AdminQuery, adminFailureOf, queryStatus } from "@mod-gearman/client";
import {
  parseCountersLine,
  parseWorkerLine,
  type QueueCounters,
  type WorkerLine,
} from "@mod-gearman/protocol";
import type { Answer, CountersAnswer, WorkersAnswer } from "./answer.ts";

const MAX_VERSION_BYTES = 64;

/** The queues and version of one server. Never rejects: a server that is down has a failure as answer. T1, T2. */
export async function askQueues(
  server: ServerAddress,
  timeoutMs: number,
  query: AdminQuery,
): Promise<Answer> {
  const answer = await queryStatus(server, { timeoutMs }, query);
  if (answer.kind !== "status") return { kind: "failure", message: failureText(server, answer) };
  const { queues, version } = answer;
  if (version.length === 0) return { kind: "queues", queues };
  return { kind: "queues", queues, version: version.subarray(0, MAX_VERSION_BYTES) };
}

/** The connections of one server with the functions they announced. Never rejects. */
export async function askWorkers(
  server: ServerAddress,
  timeoutMs: number,
  query: AdminQuery,
): Promise<WorkersAnswer> {
  try {
    const [reply] = await query(server, ["workers"], { timeoutMs });
    if (reply?.kind !== "table")
      return { kind: "failure", message: failureText(server, { kind: "invalid" }) };
    const lines = reply.lines.map(parseWorkerLine);
    return { kind: "workers", workers: lines.filter((line): line is WorkerLine => line !== undefined) };
  } catch (error) {
    return { kind: "failure", message: failureText(server, adminFailureOf(error)) };
  }
}

/**
 * What the queues of one server have carried: only job servers of this project answer. Never rejects.
 *
 * @returns undefined if it has no such command, or did not answer in time
 */
export async function askCounters(
  server: ServerAddress,
  timeoutMs: number,
  query: AdminQuery,
): Promise<CountersAnswer | undefined> {
  try {
    const [reply] = await query(server, ["show counters"], { timeoutMs });
    if (reply?.kind !== "table") return undefined;
    const counters = new Map<string, QueueCounters>();
    for (const one of reply.lines.map(parseCountersLine))
      if (one !== undefined) counters.set(one.queue.toString("latin1"), one);
    return counters;
  } catch {
    return undefined; // `askQueues` says what is wrong with the server
  }
}

/** The message for a server without answer. Source: tools.md 1, 2.2. */
function failureText(server: ServerAddress, failure: AdminFailure): string {
  const address = printable(printAddress(server));
  switch (failure.kind) {
    case "timeout":
      return `error reading from ${address} - Interrupted system call`;
    case "invalid":
      return `got no valid data from ${address}`;
    case "unknown-name":
      return failure.text; // a complete message
    case "unreachable":
      return `failed to connect to address ${printable(server.host)} and port ${server.port}: ${printable(failure.text)}`;
  }
}
