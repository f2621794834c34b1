import type { PacketName } from "@mod-gearman/protocol";
import { PacketType } from "@mod-gearman/protocol";
import type { Peer } from "../core/entities.ts";
import type { JobQueues } from "../core/job-queues.ts";
import type { Steps } from "../core/steps.ts";
import type { Request } from "./request.ts";

/** What a handler works with besides the request. */
export interface RequestContext {
  readonly peer: Peer;
  readonly queues: JobQueues;
  /** Is called with what was refused with an ERROR packet. */
  onRefused(code: string, text: string): void;
  /** Runs the steps before any further request of this peer. */
  pursue(steps: Steps): void;
  /** Counts this request as `requests` more of those that one turn of the event loop does for this peer. */
  spend(requests: number): void;
}

/**
 * Does what one request asks for. It reads all arguments before it changes anything.
 *
 * @throws BadRequest, ProtocolError when the connection is to be closed
 */
export type Handler = (request: Request, context: RequestContext) => void;

export type Handlers<N extends PacketName = PacketName> = { readonly [K in N]: Handler };

/** Answer with an ERROR packet; code and text are those of gearmand. Source: job-server.md 1.3. */
export function refuse(context: RequestContext, code: string, text: string): void {
  context.peer.send(PacketType.ERROR, `${code}\0${text}`);
  context.onRefused(code, text);
}
