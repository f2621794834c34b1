import { PacketType } from "@mod-gearman/protocol";
import type { Peer } from "./entities.ts";

/** Sends NOOP to a sleeping peer. It gets no further one until it grabs or sleeps again. */
export function wake(peer: Peer): void {
  peer.isAsleep = false;
  peer.isWoken = true;
  peer.send(PacketType.NOOP, "");
}
