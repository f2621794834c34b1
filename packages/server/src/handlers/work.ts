import { PacketType } from "@mod-gearman/protocol";
import type { Job } from "../core/job.ts";
import { parseUint32 } from "../numbers.ts";
import { type Handler, type Handlers, type RequestContext, refuse } from "./handler.ts";

const MAX_HANDLE_BYTES = 63;

/** The job, if this connection holds it; else the refusal has been sent. Source: job-server.md 1.3, 2.6. */
function heldJob(handle: Buffer, context: RequestContext, refusal: string): Job | undefined {
  const job = context.queues.heldBy(context.peer, handle.toString("latin1"));
  if (job === undefined) refuse(context, "JOB_NOT_FOUND", refusal);
  return job;
}

/** WORK_* travels on exactly as it came. */
function forward(job: Job, type: number, body: Buffer): void {
  for (const client of job.clients) client.send(type, "", body);
}

function passOn(type: number): Handler<"WORK_DATA" | "WORK_WARNING"> {
  return (packet, context, body) => {
    const job = heldJob(packet.handle, context, "Job does not exist on server");
    if (job !== undefined) forward(job, type, body);
  };
}

const workStatus: Handler<"WORK_STATUS"> = (packet, context, body) => {
  const job = heldJob(packet.handle, context, "Job given in work result not found");
  if (job === undefined) return;
  job.numerator = parseUint32(packet.numerator);
  job.denominator = parseUint32(packet.denominator);
  forward(job, PacketType.WORK_STATUS, body);
};

const workComplete: Handler<"WORK_COMPLETE"> = (packet, context, body) => {
  const job = heldJob(packet.handle, context, "Job given in work result not found");
  if (job === undefined) return;
  forward(job, PacketType.WORK_COMPLETE, body);
  context.queues.finish(job);
};

const workFail: Handler<"WORK_FAIL"> = (packet, context, body) => {
  if (body.length > MAX_HANDLE_BYTES) {
    const text = "Error occurred due to GEARMAND_JOB_HANDLE_SIZE being too small from snprintf";
    refuse(context, "ARGUMENT_TOO_LARGE", text);
    return;
  }
  const job = heldJob(packet.handle, context, "Job given in work result not found");
  if (job === undefined) return;
  forward(job, PacketType.WORK_FAIL, body);
  context.queues.finish(job);
};

/** Ends the job. Clients that did not ask for exceptions get WORK_FAIL, with gearmand's NUL after the handle. */
const workException: Handler<"WORK_EXCEPTION"> = (packet, context, body) => {
  const refusal = "An exception was received for a job that does not exist";
  const job = heldJob(packet.handle, context, refusal);
  if (job === undefined) return;
  for (const client of job.clients) {
    if (client.exceptions) client.send(PacketType.WORK_EXCEPTION, "", body);
    else client.send(PacketType.WORK_FAIL, `${job.handle}\0`);
  }
  context.queues.finish(job);
};

/** What a worker reports about a job it holds. */
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
