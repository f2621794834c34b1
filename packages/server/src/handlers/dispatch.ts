import { decodePacket, type Frame, type Packet, type PacketName, packetName } from "@mod-gearman/protocol";
import { BadRequest } from "../errors.ts";
import { abilityHandlers } from "./abilities.ts";
import { grabHandlers } from "./grab.ts";
import { type RequestContext, refuse } from "./handler.ts";
import { sessionHandlers } from "./session.ts";
import { statusHandlers } from "./status.ts";
import { submitHandlers } from "./submit.ts";
import { workHandlers } from "./work.ts";

type AnyHandler = (packet: Packet, context: RequestContext, body: Buffer) => void;

/** Number 5 has a place in gearmand's table but no meaning. */
const UNUSED_TYPE = 5;

const handlers = new Map<PacketName, AnyHandler>(
  Object.entries({
    ...abilityHandlers,
    ...grabHandlers,
    ...sessionHandlers,
    ...statusHandlers,
    ...submitHandlers,
    ...workHandlers,
  }) as [PacketName, AnyHandler][], // each handler gets packets of its own name only
);

/**
 * Does what one packet asks for. Source: job-server.md 1.2, 1.3.
 *
 * @throws BadRequest, ProtocolError when the connection is to be closed: unknown type (X1), missing or too long
 * arguments (X2, X14)
 */
export function handleFrame(frame: Frame, context: RequestContext): void {
  const name = packetName(frame.type);
  if (name === undefined && frame.type !== UNUSED_TYPE) throw new BadRequest("UNKNOWN_TYPE");
  const handler = name === undefined ? undefined : handlers.get(name);
  if (frame.magic !== "REQ") refuse(context, "INVALID_MAGIC", "Request magic expected");
  else if (handler === undefined) refuse(context, "INVALID_COMMAND", "Command not expected");
  else handler(decodePacket(frame), context, frame.body);
}
