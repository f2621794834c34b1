import { PacketType } from "@mod-gearman/protocol";
import type { Job } from "../core/entities.ts";
import { BadRequest } from "../core/errors.ts";
import { HIGH, type JobRequest, LOW, NORMAL, type Priority } from "../core/job-request.ts";
import { parseInt64 } from "../core/numbers.ts";
import { type CommitsUnderWay, type Handler, type Handlers, type RequestContext, refuse } from "./handler.ts";
import type { Request } from "./request.ts";

/** All bytes count: gearmand removes the 64th and then sends a wrong length (X3). */
const MAX_UNIQUE_BYTES = 64;
/** Number of workers with many functions whose comparison with a job costs as much as a request. */
const WATCHERS_PER_REQUEST = 8;

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
/** All have the same shape, for speed. */
interface Wanted {
  readonly priority: Priority;
  readonly background: boolean;
  readonly whenSeconds: number;
  readonly reducer: string | undefined;
}

/** Function and unique are the first two arguments, the data is the last one. Source: job-server.md 2.2, 2.3. */
function submit(request: Request, wanted: Wanted, context: RequestContext): void {
  const asked: JobRequest = {
    function: request.text(0),
    unique: request.text(1),
    bytes: request.bytes,
    dataAt: request.lastAt,
    dataBytes: request.lastLength,
    priority: wanted.priority,
    whenSeconds: wanted.whenSeconds,
    reducer: wanted.reducer,
    background: wanted.background,
  };
  const job = context.queues.submit(asked, context.peer);
  if (job === undefined) refuse(context, "QUEUE_ERROR", "Job queue is full");
  else {
    context.spend(Math.floor(job.function.workers.watchers / WATCHERS_PER_REQUEST));
    const { commits } = context;
    if (commits === undefined || !commits.isWaiting(job)) context.peer.confirm(job);
    else answerAfterCommit(job, wanted.background, context, commits);
  }
}

const NOT_STORED = "QUEUE_ERROR"; // code and text. Source: job-server.md 1.3

/** A foreground request needs no store, but has to wait, as the job it has joined does. */
function answerAfterCommit(
  job: Job,
  background: boolean,
  context: RequestContext,
  commits: CommitsUnderWay,
): void {
  const answer = context.answerLater();
  commits.whenDone(job, (isStored) => {
    if (isStored || !background) {
      answer(PacketType.JOB_CREATED, job.handle);
    } else {
      answer(PacketType.ERROR, `${NOT_STORED}\0${NOT_STORED}`);
      context.onRefused(NOT_STORED, NOT_STORED);
    }
  });
}

function refuseTooLarge(context: RequestContext): void {
  refuse(context, "ARGUMENT_TOO_LARGE", "Unique value too large");
}

function plain(priority: Priority, background: boolean): Handler {
  const wanted: Wanted = { priority, background, whenSeconds: 0, reducer: undefined };
  return (request, context) => {
    request.split(2, "opaque");
    if (request.lengthOf(1) > MAX_UNIQUE_BYTES) refuseTooLarge(context);
    else submit(request, wanted, context);
  };
}

/** Seconds since 1970; text that is no number, and the past, mean now. Source: job-server.md 1.3, 2.9. */
const epoch: Handler = (request, context) => {
  request.split(3, "opaque");
  const seconds = parseInt64(request.argument(2));
  if (seconds === undefined) throw new BadRequest("NUMBER_OUT_OF_RANGE");
  const whenSeconds = Math.max(Number(seconds), 0);
  if (request.lengthOf(1) > MAX_UNIQUE_BYTES) refuseTooLarge(context);
  else submit(request, { priority: NORMAL, background: true, whenSeconds, reducer: undefined }, context);
};

/** The aggregate flag is transmitted, but no server uses it (job-server.md 1.2). */
function reduce(background: boolean): Handler {
  return (request, context) => {
    request.split(4, "opaque");
    if (Math.max(request.lengthOf(1), request.lengthOf(2)) > MAX_UNIQUE_BYTES) refuseTooLarge(context);
    else submit(request, { priority: NORMAL, background, whenSeconds: 0, reducer: request.text(2) }, context);
  };
}

/**
 * The nine submit packets; SUBMIT_JOB_SCHED is not among them, as gearmand refuses it. Each is answered with
 * JOB_CREATED or ERROR.
 */
export const submitHandlers: Handlers<SubmitName> = {
  SUBMIT_JOB: plain(NORMAL, false),
  SUBMIT_JOB_HIGH: plain(HIGH, false),
  SUBMIT_JOB_LOW: plain(LOW, false),
  SUBMIT_JOB_BG: plain(NORMAL, true),
  SUBMIT_JOB_HIGH_BG: plain(HIGH, true),
  SUBMIT_JOB_LOW_BG: plain(LOW, true),
  SUBMIT_JOB_EPOCH: epoch,
  SUBMIT_REDUCE_JOB: reduce(false),
  SUBMIT_REDUCE_JOB_BACKGROUND: reduce(true),
};
