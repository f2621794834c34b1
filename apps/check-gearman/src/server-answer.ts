import type { ServerAddress } from "@mod-gearman/base";
import { type AdminFailure, queryStatus } from "@mod-gearman/client";
import type { QueueStatus } from "@mod-gearman/protocol";
import type { Queue } from "./queue-rules.ts";
import type { World } from "./world.ts";

export type ServerAnswer =
  /** `queues` sorted bytewise. `version` is empty if the server did not send it. */
  { readonly kind: "status"; readonly queues: readonly Queue[]; readonly version: string } | AdminFailure;

/**
 * Asks a server for status and version.
 *
 * @param timeoutMs for all requests and the connection, at least 1
 */
export async function askServer(
  server: ServerAddress,
  timeoutMs: number,
  { dial, clock }: Pick<World, "dial" | "clock">,
): Promise<ServerAnswer> {
  const answer = await queryStatus(server, { timeoutMs, duplex: dial, clock });
  if (answer.kind !== "status") return answer;
  const queues = answer.queues.map(toQueue);
  // latin1: the order of the characters is that of the bytes
  queues.sort((one, other) => (one.name < other.name ? -1 : Number(one.name > other.name)));
  return { kind: "status", queues, version: answer.version.toString("latin1") };
}

function toQueue({ queue, total, running, workers }: QueueStatus): Queue {
  return { name: queue.toString("latin1"), waiting: total - running, running, workers };
}
