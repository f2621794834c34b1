import { PacketType } from "@mod-gearman/protocol";
import type { JobFunction } from "./job-function.ts";
import type { Peer } from "./peer.ts";

/** Tell a sleeping peer that there is work; it hears one NOOP until it grabs or sleeps again. */
export function wake(peer: Peer): void {
  peer.isAsleep = false;
  peer.send(PacketType.NOOP, "");
}

/**
 * Wake those workers of `jobFunction` that sleep: all, or the first `limit` of the ring, which then starts
 * behind the last one that was looked at. Source: job-server.md 2.5.
 *
 * @param limit 0 = all
 */
export function wakeWorkers(jobFunction: JobFunction, limit: number): void {
  const { workers } = jobFunction;
  let woken = 0;
  let looked = 0;
  while (jobFunction.sleepers > 0 && looked < workers.length && (limit === 0 || woken < limit)) {
    const ability = workers[(jobFunction.ringStart + looked) % workers.length];
    looked += 1;
    if (ability?.peer.isAsleep !== true) continue;
    woken += 1;
    const before = workers.length;
    wake(ability.peer);
    looked -= before - workers.length; // one that does not read is closed for it and has left the ring
  }
  if (workers.length > 0) jobFunction.ringStart = (jobFunction.ringStart + looked) % workers.length;
}
