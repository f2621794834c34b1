import type { Packet, PacketName } from "@mod-gearman/protocol";
import { PacketType } from "@mod-gearman/protocol";
import type { JobQueues } from "../core/job-queues.ts";
import type { Peer } from "../core/peer.ts";

/** The packet of one name. */
type PacketNamed<N extends PacketName, P = Packet> = P extends { readonly name: infer M }
  ? N extends M
    ? P
    : never
  : never;

/** What a handler works with besides the packet. */
export interface RequestContext {
  readonly peer: Peer;
  readonly queues: JobQueues;
  /** Told what was refused with an ERROR packet. */
  onRefused(code: string, text: string): void;
}

/**
 * Does what one request asks for. `body` is the packet's whole body, to be forwarded as it is.
 *
 * @throws BadRequest when the connection is to be closed
 */
export type Handler<N extends PacketName> = (
  packet: PacketNamed<N>,
  context: RequestContext,
  body: Buffer,
) => void;

/** Handlers of a group of packets. */
export type Handlers<N extends PacketName = PacketName> = { readonly [K in N]: Handler<K> };

/** Answer with an ERROR packet; code and text are those of gearmand. Source: job-server.md 1.3. */
export function refuse(context: RequestContext, code: string, text: string): void {
  context.peer.send(PacketType.ERROR, `${code}\0${text}`);
  context.onRefused(code, text);
}
