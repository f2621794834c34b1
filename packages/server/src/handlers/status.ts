import { PacketType } from "@mod-gearman/protocol";
import type { Job } from "../core/entities.ts";
import { BadRequest } from "../core/errors.ts";
import type { Handler, Handlers, RequestContext } from "./handler.ts";

const MAX_HANDLE_BYTES = 63;
const MAX_UNIQUE_BYTES = 64; // gearmand's limit is 63, but it cannot store a whole unique of 64 bytes (X3)

function statusText(job: Job | undefined): string {
  if (job === undefined) return "0\x000\x000\x000";
  const { worker, progress } = job;
  return `1\0${worker === undefined ? 0 : 1}\0${progress?.numerator ?? 0}\0${progress?.denominator ?? 0}`;
}

/** A job that the peer may not look at is unknown to it. */
function isVisible({ guard }: RequestContext, { function: { name } }: Job): boolean {
  return guard === undefined || guard.mayView(name);
}

const getStatus: Handler = (request, context) => {
  request.split(0, "argument");
  if (request.lastLength > MAX_HANDLE_BYTES) throw new BadRequest("ARGUMENT_TOO_LONG");
  const handle = request.lastText();
  const job = context.queues.jobs.find(handle);
  const shown = job !== undefined && isVisible(context, job) ? job : undefined;
  context.peer.send(PacketType.STATUS_RES, `${handle}\0${statusText(shown)}`);
};

const getStatusUnique: Handler = (request, context) => {
  request.split(0, "argument");
  if (request.lastLength > MAX_UNIQUE_BYTES) throw new BadRequest("ARGUMENT_TOO_LONG");
  const unique = request.lastText();
  const job = context.queues.coalescing.findByUnique(unique, (one) => isVisible(context, one));
  const clients = job?.clients.length ?? 0;
  context.peer.send(PacketType.STATUS_RES_UNIQUE, `${unique}\0${statusText(job)}\0${clients}`);
};

/** Status of jobs. Source: job-server.md 2.8; X14 for arguments that are too long. */
export const statusHandlers: Handlers<"GET_STATUS" | "GET_STATUS_UNIQUE"> = {
  GET_STATUS: getStatus,
  GET_STATUS_UNIQUE: getStatusUnique,
};
