import type { JobFunction } from "./job-function.ts";
import type { Peer } from "./peer.ts";

/** One function that one peer can do: an entry of the peer's list and of the function's ring of workers. */
export class Ability {
  readonly peer: Peer;
  readonly function: JobFunction;
  /** Time for one job in milliseconds, 0 = any. */
  timeoutMs: number;
  /** Place in the order of the peer: the highest is tried first. 0: not in the list of a peer. */
  rank = 0;
  /** Bit 1 << priority is set while {@link ReadyFunctions} has an entry for it. */
  readyBits = 0;
  /** Neighbours in the order of the peer. */
  older: Ability | undefined;
  newer: Ability | undefined;
  /** Neighbours in the ring of the function. */
  ringBefore: Ability | undefined;
  ringAfter: Ability | undefined;
  /** Whether it is among the watchers of the ring, and its neighbours there. */
  isWatcher = false;
  watcherBefore: Ability | undefined;
  watcherAfter: Ability | undefined;

  constructor(peer: Peer, jobFunction: JobFunction, timeoutMs: number) {
    this.peer = peer;
    this.function = jobFunction;
    this.timeoutMs = timeoutMs;
    this.older = undefined;
    this.newer = undefined;
    this.ringBefore = undefined;
    this.ringAfter = undefined;
    this.watcherBefore = undefined;
    this.watcherAfter = undefined;
  }
}
