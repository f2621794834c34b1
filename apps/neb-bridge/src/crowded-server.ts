import type { ServerAddress } from "@mod-gearman/base";
import type { AdminQuery } from "@mod-gearman/client";
import { parseStatusLine, type QueueStatus } from "@mod-gearman/protocol";

/** Lines of a million queues pass, none is kept longer than it is looked at. */
const MOST_TABLE_BYTES = 64 * 1024 * 1024;

/** What is kept of a table that is too long to be held. */
export interface CrowdedStatus {
  /** Those in use first. */
  readonly queues: readonly QueueStatus[];
  readonly omitted: number;
}

/** Reads `status` of a server whose table is too long, line by line. Rejects as the query. */
export async function crowdedStatus(
  server: ServerAddress,
  most: number,
  timeoutMs: number,
  query: AdminQuery,
): Promise<CrowdedStatus> {
  const used: QueueStatus[] = [];
  const idle: QueueStatus[] = [];
  let lines = 0;
  const onTableLine = (line: Buffer): void => {
    lines += 1;
    if (used.length === most) return;
    const one = parseStatusLine(line);
    if (one === undefined) return;
    const list = one.total + one.running + one.workers > 0 ? used : idle;
    if (list.length < most) list.push({ ...one, queue: Buffer.from(one.queue) }); // the line is a view
  };
  await query(server, ["status"], { timeoutMs, maxReplyBytes: MOST_TABLE_BYTES, onTableLine });
  const queues = [...used, ...idle].slice(0, most);
  return { queues, omitted: lines - queues.length };
}
