import { AdminConnection, type AdminFailure, queryStatus } from "@mod-gearman/client";
import { parseWorkerLine, type QueueStatus, type WorkerLine } from "@mod-gearman/protocol";
import type { NamedServer, World } from "./world.ts";

/** What a job server answered. */
export interface ServerLook extends NamedServer {
  readonly failure?: AdminFailure | undefined;
  /** It was spoken to without TLS, and speaks it. */
  readonly wantsTls?: boolean | undefined;
  /** Empty if it did not answer. */
  readonly queues: readonly QueueStatus[];
  readonly workers: readonly WorkerLine[];
  /** Empty if it did not say. */
  readonly version: string;
}

/** For a handshake with a server that did not answer without TLS. */
const TLS_LOOK_MS = 2000;

/** Asks all servers at the same time. @param timeoutMs of each */
export function lookAtServers(
  servers: readonly NamedServer[],
  timeoutMs: number,
  world: Pick<World, "dial" | "speaksTls" | "clock">,
): Promise<ServerLook[]> {
  return Promise.all(servers.map((named) => look(named, timeoutMs, world)));
}

async function look(
  named: NamedServer,
  timeoutMs: number,
  { dial, speaksTls, clock }: Pick<World, "dial" | "speaksTls" | "clock">,
): Promise<ServerLook> {
  const options = { timeoutMs, duplex: dial, clock };
  const answer = await queryStatus(named.server, options);
  if (answer.kind !== "status") {
    const isThere = answer.kind === "invalid" || answer.kind === "timeout" || isReset(answer);
    const wantsTls =
      isThere &&
      named.server.tls === undefined &&
      (await speaksTls(named.server, Math.min(timeoutMs, TLS_LOOK_MS)));
    return { ...named, failure: answer, wantsTls, queues: [], workers: [], version: "" };
  }
  const [table] = await AdminConnection.query(named.server, ["workers"], options).catch(() => []);
  const lines = table?.kind === "table" ? table.lines : [];
  const workers = lines.map((line) => parseWorkerLine(line)).filter((line) => line !== undefined);
  return { ...named, queues: answer.queues, workers, version: answer.version.toString("latin1") };
}

function isReset(failure: AdminFailure): boolean {
  return failure.kind === "unreachable" && failure.text === "Connection reset by peer";
}

/** Name and version of a program of ours in a client id: `web1@mod_gearman_worker/0.1.0`. */
export function programOf({ id }: WorkerLine): { who: string; program: string; version: string } | undefined {
  const match = /^(.*)@(mod_gearman_\w+|send_\w+)\/(\S+)$/.exec(id.toString("latin1"));
  if (match === null) return undefined;
  const [, who = "", program = "", version = ""] = match;
  return { who, program, version };
}
