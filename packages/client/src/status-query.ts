import type { ServerAddress } from "@mod-gearman/base";
import { parseStatusLine, parseVersionLine, type QueueStatus } from "@mod-gearman/protocol";
import { AdminConnection, type AdminQuery, type AdminQueryOptions } from "./admin-connection.ts";
import { type AdminFailure, adminFailureOf } from "./admin-failure.ts";

/** What came of asking a server for its queues. */
export type StatusAnswer =
  | {
      readonly kind: "status";
      /** In the order of the server. */
      readonly queues: readonly QueueStatus[];
      /** Empty when the server did not tell it. Any bytes. */
      readonly version: Buffer;
    }
  | AdminFailure;

/** A server that names more queues is not believed: a status of 16 MiB could hold two million. */
const MAX_QUEUES = 100_000;
const INVALID: AdminFailure = { kind: "invalid" };

/**
 * Status and version of a server, asked in one write over a connection of their own. Waits for both; a server that
 * does not tell its version within the time is taken without. Lines that are no queues are left out; an answer with
 * lines, and none of them a queue, is none of a job server. Never rejects for what a server does. Source: tools.md 1,
 * T1, T2.
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
    status.lines.forEach(onTableLine); // of a stand-in that does not call back
    if (tooMany) return INVALID;
    if (queues.length === 0 && strayLines > 0) return INVALID;
    const told = version?.kind === "line" ? parseVersionLine(version.line) : Buffer.alloc(0);
    return { kind: "status", queues, version: told };
  } catch (error) {
    return adminFailureOf(error);
  }
}
