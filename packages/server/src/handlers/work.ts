import { PacketType } from "@mod-gearman/protocol";
import type { Job } from "../core/entities.ts";
import { parseUint32 } from "../core/numbers.ts";
import { type Handler, type Handlers, type RequestContext, refuse } from "./handler.ts";
import type { Request } from "./request.ts";

const MAX_HANDLE_BYTES = 63;

/** The packet is forwarded unchanged. */
function forward(job: Job, type: number, request: Request): void {
  if (job.clients.length === 0) return;
  const body = request.body();
  for (const client of job.clients) client.send(type, "", body);
}

/** The job, if this connection holds it; otherwise the refusal has been sent. Source: job-server.md 1.3, 2.6. */
function heldJob(job: Job | undefined, context: RequestContext, refusal: string): Job | undefined {
  if (job !== undefined && job.worker === context.peer) return job;
  refuse(context, "JOB_NOT_FOUND", refusal);
  return undefined;
}

function passOn(type: number): Handler {
  return (request, context) => {
    request.split(1, "opaque");
    const job = heldJob(request.findJob(context.queues.jobs), context, "Job does not exist on server");
    if (job !== undefined) forward(job, type, request);
  };
}

const NOT_FOUND = "Job given in work result not found";

const workStatus: Handler = (request, context) => {
  request.split(2, "argument");
  const job = heldJob(request.findJob(context.queues.jobs), context, NOT_FOUND);
  if (job === undefined) return;
  const progress = job.recordProgress();
  progress.numerator = parseUint32(request.argument(1));
  progress.denominator = parseUint32(request.last());
  forward(job, PacketType.WORK_STATUS, request);
};

const workComplete: Handler = (request, context) => {
  request.splitHandle();
  const job = heldJob(request.findJob(context.queues.jobs), context, NOT_FOUND);
  if (job === undefined) return;
  if (request.hasData) forward(job, PacketType.WORK_COMPLETE, request);
  else for (const client of job.clients) client.send(PacketType.WORK_COMPLETE, `${job.handle}\0`);
  context.queues.finish(job);
};

const workFail: Handler = (request, context) => {
  request.split(0, "argument");
  if (request.bodyLength > MAX_HANDLE_BYTES) {
    const text = "Error occurred due to GEARMAND_JOB_HANDLE_SIZE being too small from snprintf";
    refuse(context, "ARGUMENT_TOO_LARGE", text);
    return;
  }
  request.cutLastNul();
  const job = heldJob(context.queues.jobs.find(request.lastText()), context, NOT_FOUND);
  if (job === undefined) return;
  forward(job, PacketType.WORK_FAIL, request);
  context.queues.finish(job);
};

/** Ends the job. Clients without the option `exceptions` get WORK_FAIL. Source: job-server.md 2.6 */
const workException: Handler = (request, context) => {
  request.splitHandle();
  const refusal = "An exception was received for a job that does not exist";
  const job = heldJob(request.findJob(context.queues.jobs), context, refusal);
  if (job === undefined) return;
  const withoutData = `${job.handle}\0`;
  const body = request.body();
  for (const client of job.clients) {
    if (!client.exceptions)
      client.send(PacketType.WORK_FAIL, withoutData); // gearmand sends the NUL, too
    else if (request.hasData) client.send(PacketType.WORK_EXCEPTION, "", body);
    else client.send(PacketType.WORK_EXCEPTION, withoutData);
  }
  context.queues.finish(job);
};

export const workHandlers: Handlers<
  "WORK_DATA" | "WORK_WARNING" | "WORK_STATUS" | "WORK_COMPLETE" | "WORK_FAIL" | "WORK_EXCEPTION"
> = {
  WORK_DATA: passOn(PacketType.WORK_DATA),
  WORK_WARNING: passOn(PacketType.WORK_WARNING),
  WORK_STATUS: workStatus,
  WORK_COMPLETE: workComplete,
  WORK_FAIL: workFail,
  WORK_EXCEPTION: workException,
};
