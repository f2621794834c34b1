import { Abilities } from "./abilities.ts";
import { HeldJobs } from "./held-jobs.ts";
import type { Job } from "./job.ts";

/**
 * Sends one packet to a peer. The body is `head` (latin1: arguments with their NULs) followed by `data`, which
 * must not be written to afterwards.
 */
export type Send = (type: number, head: string, data?: Buffer) => void;

/** A connection as the queues see it: client, worker, or both. */
export class Peer {
  /** Counts up over the life of the server; stands where gearmand shows its file descriptor. */
  readonly id: number;
  /** Address without port. */
  readonly address: string;
  readonly send: Send;
  /** Of SET_CLIENT_ID, up to 127 bytes, latin1. */
  clientId = "-";
  /** Wants WORK_EXCEPTION as it is, not as WORK_FAIL. */
  exceptions: boolean;
  /** Functions it can do. */
  readonly abilities = new Abilities();
  /** Jobs it runs, in the order it got them. */
  readonly held = new HeldJobs();
  /** Jobs it waits for as a foreground client. */
  readonly awaited = new Set<Job>();
  /** Disconnected; what it had is being taken away. */
  hasLeft = false;
  /** How often it went to sleep; a time limit that is older does not count any more. */
  naps = 0;
  #isAsleep = false;

  constructor(identity: { id: number; address: string; exceptions: boolean; send: Send }) {
    this.id = identity.id;
    this.address = identity.address;
    this.exceptions = identity.exceptions;
    this.send = identity.send;
  }

  /**
   * Between PRE_SLEEP and the next NOOP or GRAB_JOB*: a NOOP is expected. One flag stands for gearmand's two
   * (sleeping, NOOP sent), whose combination loses wake-ups (X6).
   */
  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  set isAsleep(asleep: boolean) {
    if (asleep === this.#isAsleep) return;
    this.#isAsleep = asleep;
    if (this.abilities.ready !== undefined) return; // the rings look themselves
    for (let one = this.abilities.newest; one !== undefined; one = one.older)
      one.function.workers.countSleeper(asleep ? 1 : -1);
  }
}
