import { PacketType } from "@mod-gearman/protocol";
import type { Job, Peer } from "../core/entities.ts";
import type { JobQueues } from "../core/job-queues.ts";
import type { Steps } from "../core/steps.ts";
import type { Handlers, RequestContext } from "./handler.ts";

function assign(peer: Peer, job: Job): void {
  send(peer, PacketType.JOB_ASSIGN, `${job.handle}\0${job.function.name}\0`, job);
}

function send(peer: Peer, type: number, head: string, { bytes, dataAt, dataBytes }: Job): void {
  peer.send(type, head, bytes, dataAt, dataBytes);
}

function assignUniq(peer: Peer, job: Job): void {
  send(peer, PacketType.JOB_ASSIGN_UNIQ, `${job.handle}\0${job.function.name}\0${job.unique}\0`, job);
}

/** A job without reducer is assigned as for GRAB_JOB_UNIQ. */
function assignAll(peer: Peer, job: Job): void {
  if (job.reducer === undefined) {
    assignUniq(peer, job);
  } else {
    const head = `${job.handle}\0${job.function.name}\0${job.unique}\0${job.reducer}\0`;
    send(peer, PacketType.JOB_ASSIGN_ALL, head, job);
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
