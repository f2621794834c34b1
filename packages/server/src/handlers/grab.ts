import { PacketType } from "@mod-gearman/protocol";
import type { Job, Peer } from "../core/entities.ts";
import type { JobQueues } from "../core/job-queues.ts";
import type { Steps } from "../core/steps.ts";
import type { Handlers, RequestContext } from "./handler.ts";

function assign(peer: Peer, job: Job): void {
  peer.assign(PacketType.JOB_ASSIGN, job, undefined);
}

function assignUniq(peer: Peer, job: Job): void {
  peer.assign(PacketType.JOB_ASSIGN_UNIQ, job, job.unique);
}

/** A job without reducer is assigned as for GRAB_JOB_UNIQ. */
function assignAll(peer: Peer, job: Job): void {
  const { handle, function: jobFunction, unique, reducer, bytes, dataAt, dataBytes } = job;
  if (reducer === undefined) {
    assignUniq(peer, job);
  } else {
    const head = `${handle}\0${jobFunction.name}\0${unique}\0${reducer}\0`;
    peer.send(PacketType.JOB_ASSIGN_ALL, head, bytes, dataAt, dataBytes);
  }
}

/** A worker requests a job, or goes to sleep. Source: job-server.md 1.2, 2.4, 2.5. */
export const grabHandlers: Handlers<"GRAB_JOB" | "GRAB_JOB_UNIQ" | "GRAB_JOB_ALL" | "PRE_SLEEP"> = {
  GRAB_JOB: (_request, context) => grab(context, assign),
  GRAB_JOB_UNIQ: (_request, context) => grab(context, assignUniq),
  GRAB_JOB_ALL: (_request, context) => grab(context, assignAll),
  PRE_SLEEP: (_request, { peer, queues, pursue }) => {
    if (queues.sleep(peer) === "again") pursue(sleepInSteps(peer, queues));
  },
};

type Assign = (peer: Peer, job: Job) => void;

function grab({ peer, queues, pursue }: RequestContext, assignTo: Assign): void {
  const job = queues.grab(peer);
  if (job === "again") pursue(grabInSteps(peer, queues, assignTo));
  else answer(peer, job, assignTo);
}

function answer(peer: Peer, job: Job | undefined, assignTo: Assign): void {
  if (job === undefined) peer.send(PacketType.NO_JOB, "");
  else assignTo(peer, job);
}

/** Used if many ignored jobs precede the next one. */
function* grabInSteps(peer: Peer, queues: JobQueues, assignTo: Assign): Steps {
  for (;;) {
    const job = queues.grab(peer);
    if (job !== "again") {
      answer(peer, job, assignTo);
      return;
    }
    yield;
  }
}

function* sleepInSteps(peer: Peer, queues: JobQueues): Steps {
  while (queues.sleep(peer) === "again") yield;
}
