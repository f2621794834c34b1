import type { JobFunction } from "./job-function.ts";
import type { Ability, Peer } from "./peer.ts";

/**
 * `peer` can do `jobFunction` from now on, and would be asked for it before its other functions. One that it
 * could do already is not counted again (X12), but takes the new time limit.
 *
 * @param timeoutMs time for one job, 0 = any
 */
export function addAbility(peer: Peer, jobFunction: JobFunction, timeoutMs: number): void {
  const at = peer.abilities.findIndex((ability) => ability.function === jobFunction);
  if (at !== -1) {
    const [known] = peer.abilities.splice(at, 1) as [Ability];
    known.timeoutMs = timeoutMs;
    peer.abilities.push(known);
    return;
  }
  const ability: Ability = { peer, function: jobFunction, timeoutMs };
  peer.abilities.push(ability);
  jobFunction.workers.push(ability);
  if (peer.isAsleep) jobFunction.sleepers += 1;
}

/** `peer` cannot do `jobFunction` any more. Jobs it holds are the caller's business. */
export function removeAbility(peer: Peer, jobFunction: JobFunction): void {
  const at = peer.abilities.findIndex((ability) => ability.function === jobFunction);
  if (at === -1) return;
  peer.abilities.splice(at, 1);
  if (peer.isAsleep) jobFunction.sleepers -= 1;
  const { workers } = jobFunction;
  const ringAt = workers.findIndex((ability) => ability.peer === peer);
  workers.splice(ringAt, 1);
  if (ringAt < jobFunction.ringStart) jobFunction.ringStart -= 1;
  if (jobFunction.ringStart >= workers.length) jobFunction.ringStart = 0;
}
