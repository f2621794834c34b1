import type { ServerAddress } from "@mod-gearman/base";
import { parseStatusLine, parseVersionLine, type QueueStatus } from "@mod-gearman/protocol";
import { AdminConnection, type AdminQuery, type AdminQueryOptions } from "./admin-connection.ts";
import { type AdminFailure, adminFailureOf } from "./admin-failure.ts";

/** Queues and version of a server, or why the query failed. */
export type StatusAnswer =
  | {
      readonly kind: "status";
      /** In the order sent by the server. */
      readonly queues: readonly QueueStatus[];
      /** Any bytes; empty if the server did not answer. */
      readonly version: Buffer;
    }
  | AdminFailure;

/** An answer with more queues is invalid: a status of 16 MiB could contain two million. */
const MAX_QUEUES = 100_000;
const INVALID: AdminFailure = { kind: "invalid" };

/**
 * Queries status and version of a server in one write over a new connection. Waits for both, but accepts a server that
 * does not send its version in time. Malformed lines are ignored; an answer whose lines are all malformed is not that of
 * a job server. Never rejects because of the server. Source: tools.md 1, T1, T2.
 */
export async function queryStatus(
  server: ServerAddress,
  options: Pick<AdminQueryOptions, "timeoutMs" | "duplex" | "clock">,
  query: AdminQuery = AdminConnection.query,
): Promise<StatusAnswer> {
  const queues: QueueStatus[] = [];
  let tooMany = false;
  let strayLines = 0;
  const onTableLine = (line: Buffer): void => {
    const status = parseStatusLine(line);
    if (status === undefined) strayLines++;
    else if (!tooMany) queues.push({ ...status, queue: Buffer.from(status.queue) });
    if (queues.length <= MAX_QUEUES) return;
    tooMany = true;
    queues.length = 0;
  };
  try {
    const [status, version] = await query(server, ["status", "version"], {
      ...options,
      requiredReplies: 1,
      onTableLine,
    });
    if (status?.kind !== "table") return INVALID;
    status.lines.forEach(onTableLine); // a replacement of `query` may ignore onTableLine
    if (tooMany) return INVALID;
    if (queues.length === 0 && strayLines > 0) return INVALID;
    const versionText = version?.kind === "line" ? parseVersionLine(version.line) : Buffer.alloc(0);
    return { kind: "status", queues, version: versionText };
  } catch (error) {
    return adminFailureOf(error);
  }
}
