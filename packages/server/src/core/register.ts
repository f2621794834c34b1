import { Ability, type JobFunction, type Peer } from "./entities.ts";

const SHORTEST_TIMEOUT_MS = 1000;
const LONGEST_TIMEOUT_MS = 0x7fff_ffff;

/**
 * `peer` can do `jobFunction` from now on; if it could before, only time limit and order change (X12).
 *
 * @param timeoutMs below 1 none, below 1000 raised to 1000. Source: job-server.md 2.7
 * @returns false if it would have more than `maxFunctions`
 */
export function register(
  peer: Peer,
  jobFunction: JobFunction,
  timeoutMs: number,
  maxFunctions: number,
): boolean {
  const { abilities } = peer;
  const limitMs = timeoutMs > 0 ? Math.min(Math.max(timeoutMs, SHORTEST_TIMEOUT_MS), LONGEST_TIMEOUT_MS) : 0;
  const known = abilities.find(jobFunction);
  if (known !== undefined) {
    known.timeoutMs = limitMs;
    abilities.moveToFront(known);
    return true;
  }
  if (abilities.size >= maxFunctions) return false;
  const ability = new Ability(peer, jobFunction, limitMs);
  jobFunction.workers.add(ability);
  abilities.add(ability);
  return true;
}
