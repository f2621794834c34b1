import { Socket, type SocketConstructorOpts } from "node:net";
import { READ_BYTES } from "./core/read-bytes.ts";

/** What an accepted socket holds: not documented, and looked at before it is used. */
interface Handle {
  readonly useUserBuffer?: (buffer: Uint8Array) => void;
}

const buffer: Buffer = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * A socket that reads into one buffer that it shares with all others, in place of `accepted`, which came with
 * `pauseOnConnect` and is used up. Node otherwise takes 64 KiB from the system for every read, cuts them to what has
 * arrived and sends that through a stream: more work than all else that is done for a small packet.
 *
 * @param take gets what has arrived: the first `length` bytes of a buffer that the next read overwrites
 * @returns undefined when this Node cannot do it; `accepted` is as it was then. The options exist since Node 12, for
 * sockets that connect (`onread`) and inside Node (`handle`)
 */
export function withSharedReads(
  accepted: Socket,
  take: (bytes: Buffer, length: number) => void,
): Socket | undefined {
  const inner = accepted as unknown as { _handle?: Handle | null };
  const handle = inner._handle;
  if (typeof handle?.useUserBuffer !== "function") return undefined;
  const callback = (length: number): boolean => {
    take(buffer, length);
    return true;
  };
  inner._handle = null;
  accepted.destroy(); // of its handle it knows nothing any more; its server counts it as gone
  const options = {
    handle,
    readable: true,
    writable: true,
    allowHalfOpen: true,
    onread: { buffer, callback },
  };
  return new Socket(options as SocketConstructorOpts);
}
