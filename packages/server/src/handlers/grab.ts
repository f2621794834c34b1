import { PacketType } from "@mod-gearman/protocol";
import type { Job } from "../core/job.ts";
import type { Peer } from "../core/peer.ts";
import type { Handlers } from "./handler.ts";

function assign(peer: Peer, job: Job): void {
  peer.send(PacketType.JOB_ASSIGN, `${job.handle}\0${job.function.name}\0`, job.data);
}

function assignUniq(peer: Peer, job: Job): void {
  peer.send(PacketType.JOB_ASSIGN_UNIQ, `${job.handle}\0${job.function.name}\0${job.unique}\0`, job.data);
}

/** A job without reducer is handed out as for GRAB_JOB_UNIQ. */
function assignAll(peer: Peer, job: Job): void {
  if (job.reducer === undefined) {
    assignUniq(peer, job);
  } else {
    const head = `${job.handle}\0${job.function.name}\0${job.unique}\0${job.reducer}\0`;
    peer.send(PacketType.JOB_ASSIGN_ALL, head, job.data);
  }
}

/** A worker asks for work, or goes to sleep. Source: job-server.md 1.2, 2.4, 2.5. */
export const grabHandlers: Handlers<"GRAB_JOB" | "GRAB_JOB_UNIQ" | "GRAB_JOB_ALL" | "PRE_SLEEP"> = {
  GRAB_JOB: (_request, { peer, queues }) => answer(peer, queues.grab(peer), assign),
  GRAB_JOB_UNIQ: (_request, { peer, queues }) => answer(peer, queues.grab(peer), assignUniq),
  GRAB_JOB_ALL: (_request, { peer, queues }) => answer(peer, queues.grab(peer), assignAll),
  PRE_SLEEP: (_request, { peer, queues }) => queues.sleep(peer),
};

function answer(peer: Peer, job: Job | undefined, send: (peer: Peer, job: Job) => void): void {
  if (job === undefined) peer.send(PacketType.NO_JOB, "");
  else send(peer, job);
}
