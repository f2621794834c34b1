import {
  AdminConnection,
  ClientError,
  type Clock,
  type DuplexFactory,
  type ServerAddress,
} from "@mod-gearman/client";
import { parseStatusLine, parseVersionLine } from "@mod-gearman/protocol";
import type { Queue } from "./queue-rules.ts";

/** What came of asking a server. */
export type ServerAnswer =
  /** `queues` sorted bytewise. `version` is empty when the server did not tell it. */
  | { readonly kind: "status"; readonly queues: readonly Queue[]; readonly version: string }
  /** No connection; `text` as the C library words it. */
  | { readonly kind: "unreachable"; readonly text: string }
  | { readonly kind: "unknown-name"; readonly text: string }
  | { readonly kind: "timeout" }
  /** Closed, or an error, before the end of the status, or nothing but lines that are no queues. */
  | { readonly kind: "invalid" };

/** The world of {@link askServer}. */
export interface AskDeps {
  readonly dial: DuplexFactory;
  readonly clock: Clock;
}

/** Errors of name resolution and of connecting, worded as by the C library. */
const NAME_ERRORS: Readonly<Record<string, string>> = {
  ENOTFOUND: "Name or service not known",
  EAI_AGAIN: "Temporary failure in name resolution",
};
const CONNECT_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "Connection reset by peer",
  EHOSTUNREACH: "No route to host",
  ENETUNREACH: "Network is unreachable",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ETIMEDOUT: "Connection timed out",
};

/**
 * Status and version of a server, asked in one write over a connection of their own. Waits for both; a server that
 * does not tell its version within the time is taken without. Source: tools.md 1, T1, T2.
 *
 * @param timeoutMs for everything, connecting included, 1…2³¹−1
 */
export async function askServer(
  server: ServerAddress,
  timeoutMs: number,
  { dial, clock }: AskDeps,
): Promise<ServerAnswer> {
  try {
    const options = { timeoutMs, duplex: dial, clock, requiredReplies: 1 };
    const [status, version] = await AdminConnection.query(server, ["status", "version"], options);
    if (status?.kind !== "table") return { kind: "invalid" };
    const text = version?.kind === "line" ? parseVersionLine(version.line).toString("latin1") : "";
    const queues = readQueues(status.lines);
    // lines, and none of them a queue: whatever this server is, it is no job server
    if (queues.length === 0 && status.lines.length > 0) return { kind: "invalid" };
    return { kind: "status", queues, version: text };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.code === "TIMEOUT") return { kind: "timeout" };
    return error.code === "CONNECT_FAILED" ? connectFailure(error.cause) : { kind: "invalid" };
  }
}

/** Lines that are no status lines are left out. */
function readQueues(lines: readonly Buffer[]): Queue[] {
  const queues = lines.flatMap((line) => {
    const status = parseStatusLine(line);
    if (status === undefined) return [];
    const { queue, total, running, workers } = status;
    return [{ name: queue.toString("latin1"), waiting: total - running, running, workers }];
  });
  // the characters are bytes, so their order is that of the bytes
  return queues.sort((one, other) => (one.name < other.name ? -1 : Number(one.name > other.name)));
}

function connectFailure(cause: unknown): ServerAnswer {
  // every address of a name was tried: the last one is reported, as in the original
  const error: unknown = cause instanceof AggregateError ? cause.errors.at(-1) : cause;
  const code = String((error as { code?: unknown } | undefined)?.code ?? "");
  const name = NAME_ERRORS[code];
  if (name !== undefined) return { kind: "unknown-name", text: name };
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "unreachable", text: CONNECT_ERRORS[code] ?? message };
}
