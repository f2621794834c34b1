import { type AdminQueryOptions, ClientError, printAddress, type ServerAddress } from "@mod-gearman/client";
import {
  type AdminReply,
  parseStatusLine,
  parseVersionLine,
  parseWorkerLine,
  type QueueStatus,
  type WorkerLine,
} from "@mod-gearman/protocol";
import type { Answer, WorkersAnswer } from "./answer.ts";
import { safeString } from "./safe-text.ts";

/** `AdminConnection.query` of the client. */
export type Query = (
  server: ServerAddress,
  commands: readonly string[],
  options: AdminQueryOptions,
) => Promise<AdminReply[]>;

const MAX_VERSION_BYTES = 64;

/** Texts of the C library for errors of a connection attempt. Source: tools.md 2.2. */
const CONNECT_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "Connection reset by peer",
  EHOSTUNREACH: "No route to host",
  ENETUNREACH: "Network is unreachable",
  ETIMEDOUT: "Connection timed out",
  EACCES: "Permission denied",
  EPERM: "Operation not permitted",
  EADDRNOTAVAIL: "Cannot assign requested address",
  EMFILE: "Too many open files",
};

/** Texts of the C library's resolver; they stand alone. */
const RESOLVER_TEXTS: Readonly<Record<string, string>> = {
  ENOTFOUND: "Name or service not known",
  EAI_NONAME: "Name or service not known",
  EAI_AGAIN: "Temporary failure in name resolution",
  EAI_FAIL: "Non-recoverable failure in name resolution",
  EAI_NODATA: "No address associated with hostname",
};

/** The queues of one server and its version. Never rejects: a server that is down is an answer. T1, T2. */
export async function askQueues(server: ServerAddress, timeoutMs: number, query: Query): Promise<Answer> {
  try {
    const options = { timeoutMs, requiredReplies: 1 };
    const [status, version] = await query(server, ["status", "version"], options);
    if (status?.kind !== "table") return { kind: "failure", message: noValidData(server) };
    const queues = status.lines
      .map(parseStatusLine)
      .filter((line): line is QueueStatus => line !== undefined);
    // lines, and none of them a queue: whatever this server is, it is no job server
    if (queues.length === 0 && status.lines.length > 0)
      return { kind: "failure", message: noValidData(server) };
    if (version?.kind !== "line") return { kind: "queues", queues };
    const text = parseVersionLine(version.line).subarray(0, MAX_VERSION_BYTES);
    return text.length === 0 ? { kind: "queues", queues } : { kind: "queues", queues, version: text };
  } catch (error) {
    return { kind: "failure", message: failureText(server, error) };
  }
}

/** The connections of one server with the functions they announced. Never rejects. */
export async function askWorkers(
  server: ServerAddress,
  timeoutMs: number,
  query: Query,
): Promise<WorkersAnswer> {
  try {
    const [reply] = await query(server, ["workers"], { timeoutMs });
    if (reply?.kind !== "table") return { kind: "failure", message: noValidData(server) };
    const lines = reply.lines.map(parseWorkerLine);
    return { kind: "workers", workers: lines.filter((line): line is WorkerLine => line !== undefined) };
  } catch (error) {
    return { kind: "failure", message: failureText(server, error) };
  }
}

/** The message for a server that could not be asked. Source: tools.md 1, 2.2. @throws what is no ClientError */
function failureText(server: ServerAddress, error: unknown): string {
  if (!(error instanceof ClientError)) throw error;
  const address = safeString(printAddress(server));
  if (error.code === "TIMEOUT") return `error reading from ${address} - Interrupted system call`;
  if (error.code !== "CONNECT_FAILED") return noValidData(server);
  const { code, message } = reasonOf(error.cause);
  const resolver = code === undefined ? undefined : RESOLVER_TEXTS[code];
  if (resolver !== undefined) return resolver;
  const known = code === undefined ? undefined : CONNECT_TEXTS[code];
  const host = safeString(server.host);
  return `failed to connect to address ${host} and port ${server.port}: ${known ?? safeString(message)}`;
}

function reasonOf(cause: unknown): { code: string | undefined; message: string } {
  // several addresses were tried; the C tool reports the last one
  const last: unknown = cause instanceof AggregateError ? cause.errors.at(-1) : cause;
  if (!(last instanceof Error)) return { code: undefined, message: String(last) };
  return { code: "code" in last ? String(last.code) : undefined, message: last.message };
}

function noValidData(server: ServerAddress): string {
  return `got no valid data from ${safeString(printAddress(server))}`;
}
