import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { socketBelow } from "./dial-tls.ts";

/**
 * Ends a stream at once: a server that does not answer or read gets a reset, so that what the kernel still holds for it
 * does not arrive when it wakes. Internal to the package.
 */
export function resetStream(stream: Duplex): void {
  const plain = socketBelow(stream);
  if (plain !== undefined) {
    plain.resetAndDestroy();
    stream.destroy();
  } else if (stream instanceof Socket) stream.resetAndDestroy();
  else stream.destroy();
}
