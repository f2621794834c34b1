import { PacketType } from "@mod-gearman/protocol";
import type { Guard } from "../core/guard.ts";
import type { RequestContext } from "./handler.ts";
import type { Request } from "./request.ts";

const SUBMITS: ReadonlySet<number> = new Set([
  PacketType.SUBMIT_JOB,
  PacketType.SUBMIT_JOB_HIGH,
  PacketType.SUBMIT_JOB_LOW,
  PacketType.SUBMIT_JOB_BG,
  PacketType.SUBMIT_JOB_HIGH_BG,
  PacketType.SUBMIT_JOB_LOW_BG,
  PacketType.SUBMIT_JOB_EPOCH,
  PacketType.SUBMIT_REDUCE_JOB,
  PacketType.SUBMIT_REDUCE_JOB_BACKGROUND,
]);
const UNKNOWN_JOB = "0\x000\x000\x000";

/**
 * Looks at a request of a peer with restricted rights before it is performed. A denied submit is answered with ERROR, a
 * function that may not be announced is left out without an answer, as CAN_DO has none, and a job that may not be looked at is
 * unknown.
 *
 * @returns false if the request has been dealt with
 */
export function admits(guard: Guard, request: Request, context: RequestContext): boolean {
  const { type } = request;
  if (SUBMITS.has(type)) {
    const name = request.leadingText();
    if (guard.maySubmit(name)) return true;
    context.peer.send(PacketType.ERROR, "NOT_ALLOWED\0Function not allowed on this connection");
    context.onDenied("submit", name);
    return false;
  }
  if (type === PacketType.CAN_DO || type === PacketType.CAN_DO_TIMEOUT) {
    const name = request.leadingText();
    if (guard.mayAnnounce(name)) return true;
    context.onDenied("announce", name);
    return false;
  }
  if (type === PacketType.GET_STATUS || type === PacketType.GET_STATUS_UNIQUE)
    return mayLook(guard, request, context);
  return true;
}

function mayLook(guard: Guard, request: Request, { peer, queues }: RequestContext): boolean {
  const key = request.leadingText();
  const isUnique = request.type === PacketType.GET_STATUS_UNIQUE;
  const job = isUnique ? queues.coalescing.findByUnique(key) : queues.jobs.find(key);
  if (job === undefined || guard.mayView(job.function.name)) return true;
  if (isUnique) peer.send(PacketType.STATUS_RES_UNIQUE, `${key}\0${UNKNOWN_JOB}\x000`);
  else peer.send(PacketType.STATUS_RES, `${key}\0${UNKNOWN_JOB}`);
  return false;
}
