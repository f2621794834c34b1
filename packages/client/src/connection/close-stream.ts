import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { startTimer, stopTimer } from "@mod-gearman/base";
import { socketBelow } from "./dial-tls.ts";

/**
 * Ends a stream that is given up: the server gets a reset, so that what is not sent yet, or still held by the kernel, does not
 * arrive later. Internal to the package.
 */
export function resetStream(stream: Duplex): void {
  const plain = socketBelow(stream);
  if (plain !== undefined) {
    plain.resetAndDestroy();
    stream.destroy();
  } else if (stream instanceof Socket) stream.resetAndDestroy();
  else stream.destroy();
}

/** How long a server has to take the end of a connection with TLS. */
export const TLS_END_MS = 200;

/**
 * Closes a stream in good order, without flushing. With TLS its end is announced first, behind what is being written, for at most
 * {@link TLS_END_MS}; the promise is there for programs that end then. gearmand 2.0 cuts off an innocent connection for each that
 * ends without. Internal to the package.
 */
export function closeStream(stream: Duplex): Promise<void> | undefined {
  if (socketBelow(stream) === undefined || stream.destroyed) {
    stream.destroy();
    return undefined;
  }
  return new Promise((resolve) => {
    const timer = startTimer(() => stream.destroy(), TLS_END_MS);
    stream.once("close", () => {
      stopTimer(timer);
      resolve();
    });
    stream.end(() => stream.destroy());
  });
}
