import { type Packet, PacketType } from "@mod-gearman/protocol";
import { HIGH, type JobRequest, LOW, NORMAL, type Priority } from "../core/job.ts";
import { BadRequest } from "../errors.ts";
import { parseInt64 } from "../numbers.ts";
import { type Handlers, type RequestContext, refuse } from "./handler.ts";

/** All of them count: gearmand cuts the 64th off and then sends a wrong length (X3). */
const MAX_UNIQUE_BYTES = 64;

type SubmitName =
  | "SUBMIT_JOB"
  | "SUBMIT_JOB_HIGH"
  | "SUBMIT_JOB_LOW"
  | "SUBMIT_JOB_BG"
  | "SUBMIT_JOB_HIGH_BG"
  | "SUBMIT_JOB_LOW_BG"
  | "SUBMIT_JOB_EPOCH"
  | "SUBMIT_REDUCE_JOB"
  | "SUBMIT_REDUCE_JOB_BACKGROUND";
type SubmitPacket = Extract<
  Packet,
  { readonly unique: Buffer; readonly data: Buffer; readonly function: Buffer }
>;

interface Wanted {
  readonly priority: Priority;
  readonly background: boolean;
  readonly whenSeconds?: number;
  readonly reducer?: Buffer;
}

/** Answers JOB_CREATED or ERROR. Source: job-server.md 2.2, 2.3. */
function submit(packet: SubmitPacket, wanted: Wanted, context: RequestContext): void {
  const { unique, data } = packet;
  const { reducer } = wanted;
  if (Math.max(unique.length, reducer?.length ?? 0) > MAX_UNIQUE_BYTES) {
    refuse(context, "ARGUMENT_TOO_LARGE", "Unique value too large");
    return;
  }
  const request: JobRequest = {
    function: packet.function.toString("latin1"),
    unique: unique.toString("latin1"),
    data,
    priority: wanted.priority,
    whenSeconds: wanted.whenSeconds ?? 0,
    reducer: reducer?.toString("latin1"),
    background: wanted.background,
  };
  const job = context.queues.submit(request, context.peer);
  if (job === undefined) refuse(context, "QUEUE_ERROR", "Job queue is full");
  else context.peer.send(PacketType.JOB_CREATED, job.handle);
}

/** Seconds since 1970; text that is no number, and the past, mean now. Source: job-server.md 1.3, 2.9. */
function epochSeconds(text: Buffer): number {
  const seconds = parseInt64(text);
  if (seconds === undefined) throw new BadRequest("NUMBER_OUT_OF_RANGE");
  return Math.max(Number(seconds), 0);
}

/** The nine ways to hand in a job; SUBMIT_JOB_SCHED is not one, gearmand refuses it. */
export const submitHandlers: Handlers<SubmitName> = {
  SUBMIT_JOB: (packet, context) => submit(packet, { priority: NORMAL, background: false }, context),
  SUBMIT_JOB_HIGH: (packet, context) => submit(packet, { priority: HIGH, background: false }, context),
  SUBMIT_JOB_LOW: (packet, context) => submit(packet, { priority: LOW, background: false }, context),
  SUBMIT_JOB_BG: (packet, context) => submit(packet, { priority: NORMAL, background: true }, context),
  SUBMIT_JOB_HIGH_BG: (packet, context) => submit(packet, { priority: HIGH, background: true }, context),
  SUBMIT_JOB_LOW_BG: (packet, context) => submit(packet, { priority: LOW, background: true }, context),
  SUBMIT_JOB_EPOCH: (packet, context) => {
    const whenSeconds = epochSeconds(packet.epoch);
    submit(packet, { priority: NORMAL, background: true, whenSeconds }, context);
  },
  // The aggregate flag travels, but no server looks at it (job-server.md 1.2).
  SUBMIT_REDUCE_JOB: (packet, context) =>
    submit(packet, { priority: NORMAL, background: false, reducer: packet.reducer }, context),
  SUBMIT_REDUCE_JOB_BACKGROUND: (packet, context) =>
    submit(packet, { priority: NORMAL, background: true, reducer: packet.reducer }, context),
};
