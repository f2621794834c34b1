import { type PacketName, PacketType } from "@mod-gearman/protocol";
import { BadRequest } from "../core/errors.ts";
import { abilityHandlers } from "./abilities.ts";
import { grabHandlers } from "./grab.ts";
import { admits } from "./guarded.ts";
import { type Handler, type RequestContext, refuse } from "./handler.ts";
import type { Request } from "./request.ts";
import { sessionHandlers } from "./session.ts";
import { statusHandlers } from "./status.ts";
import { submitHandlers } from "./submit.ts";
import { workHandlers } from "./work.ts";

/** Types in gearmand's table that a server does not accept; number 5 is unassigned. */
const notExpected: Handler = (_request, context) =>
  refuse(context, "INVALID_COMMAND", "Command not expected");
const UNUSED_TYPE = 5;

/** By packet number; unknown ones are absent. */
const handlers: (Handler | undefined)[] = new Array(Math.max(...Object.values(PacketType)) + 1).fill(
  undefined,
);
for (const type of [UNUSED_TYPE, ...Object.values(PacketType)]) handlers[type] = notExpected;
for (const [name, handler] of Object.entries({
  ...abilityHandlers,
  ...grabHandlers,
  ...sessionHandlers,
  ...statusHandlers,
  ...submitHandlers,
  ...workHandlers,
}))
  handlers[PacketType[name as PacketName]] = handler;

/**
 * Performs the request of one packet. Source: job-server.md 1.2, 1.3.
 *
 * @param isRequest true if it has the magic of a request
 * @throws BadRequest, ProtocolError if the connection is to be closed: unknown type (X1), missing or too long
 * arguments (X2, X14)
 */
export function handleRequest(request: Request, isRequest: boolean, context: RequestContext): void {
  const handler = request.type < handlers.length ? handlers[request.type] : undefined;
  if (handler === undefined) throw new BadRequest("UNKNOWN_TYPE");
  if (isRequest) {
    if (context.guard === undefined || admits(context.guard, request, context)) handler(request, context);
  } else refuse(context, "INVALID_MAGIC", "Request magic expected");
}
