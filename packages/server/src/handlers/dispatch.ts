import { type PacketName, PacketType } from "@mod-gearman/protocol";
import { BadRequest } from "../core/errors.ts";
import { abilityHandlers } from "./abilities.ts";
import { grabHandlers } from "./grab.ts";
import { type Handler, type RequestContext, refuse } from "./handler.ts";
import type { Request } from "./request.ts";
import { sessionHandlers } from "./session.ts";
import { statusHandlers } from "./status.ts";
import { submitHandlers } from "./submit.ts";
import { workHandlers } from "./work.ts";

/** Types in the table of gearmand that are not for a server; number 5 is unassigned. */
const notExpected: Handler = (_request, context) =>
  refuse(context, "INVALID_COMMAND", "Command not expected");
const UNUSED_TYPE = 5;

/** By packet number; a hole for unknown ones. */
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
 * Does what one packet asks for. Source: job-server.md 1.2, 1.3.
 *
 * @param isRequest whether it has the magic of a request
 * @throws BadRequest, ProtocolError when the connection is to be closed: unknown type (X1), missing or too long
 * arguments (X2, X14)
 */
export function handleRequest(request: Request, isRequest: boolean, context: RequestContext): void {
  const handler = request.type < handlers.length ? handlers[request.type] : undefined;
  if (handler === undefined) throw new BadRequest("UNKNOWN_TYPE");
  if (isRequest) handler(request, context);
  else refuse(context, "INVALID_MAGIC", "Request magic expected");
}
