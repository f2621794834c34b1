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

/**
 * Looks at a request of a peer with restricted rights before it is performed. A denied submit is answered with ERROR, a
 * function that may not be announced is left out without an answer, as CAN_DO has none. What may be looked at is decided where
 * it is looked up.
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
  return true;
}
