import type { PacketName } from "@mod-gearman/protocol";
import { PacketType } from "@mod-gearman/protocol";
import type { Job, Peer } from "../core/entities.ts";
import type { Denied, Guard } from "../core/guard.ts";
import type { JobQueues } from "../core/job-queues.ts";
import type { Steps } from "../core/steps.ts";
import type { Request } from "./request.ts";

/** The jobs whose commit is under way. */
export interface CommitsUnderWay {
  isWaiting(job: Job): boolean;
  /** Calls `onDone` with whether the job is stored; `job` must be waiting. */
  whenDone(job: Job, onDone: (isStored: boolean) => void): void;
}

/** Input of a handler besides the request. */
export interface RequestContext {
  readonly peer: Peer;
  readonly queues: JobQueues;
  /** Undefined without a store. */
  readonly commits: CommitsUnderWay | undefined;
  /** Reserves the place of an answer that has to wait for the store: later packets wait for it. */
  answerLater(): (type: number, head: string) => void;
  /** Rights of the peer; undefined: all. */
  readonly guard: Guard | undefined;
  /** A request was refused for want of rights. @param name of the function, latin1 */
  onDenied(what: Denied, name: string): void;
  /** Called with code and text of each ERROR packet. */
  onRefused(code: string, text: string): void;
  /** Runs the steps before any further request of this peer. */
  pursue(steps: Steps): void;
  /** Counts this request as `requests` additional ones against the limit per turn of the event loop. */
  spend(requests: number): void;
}

/**
 * Performs one request. It reads all arguments before it changes anything.
 *
 * @throws BadRequest, ProtocolError if the connection is to be closed
 */
export type Handler = (request: Request, context: RequestContext) => void;

export type Handlers<N extends PacketName = PacketName> = { readonly [K in N]: Handler };

/** Answers with an ERROR packet; code and text are those of gearmand. Source: job-server.md 1.3. */
export function refuse(context: RequestContext, code: string, text: string): void {
  context.peer.send(PacketType.ERROR, `${code}\0${text}`);
  context.onRefused(code, text);
}
