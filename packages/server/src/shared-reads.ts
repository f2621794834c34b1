import { Socket, type SocketConstructorOpts } from "node:net";
import { READ_BYTES } from "./core/read-bytes.ts";

/** The handle of an accepted socket: not documented, and checked before use. */
interface Handle {
  readonly useUserBuffer?: (buffer: Uint8Array) => void;
}

const buffer: Buffer = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * A socket that reads into one buffer shared by all others; it replaces `accepted`, which was created with
 * `pauseOnConnect` and is not usable afterwards. Node otherwise allocates 64 KiB for every read, cuts them to
 * the received size and sends that through a stream: more work than all other processing of a small packet.
 *
 * @param take gets the received bytes: the first `length` bytes of a buffer that the next read overwrites
 * @returns undefined if this Node does not support it; `accepted` is unchanged then. The options exist since
 * Node 12, for sockets that connect (`onread`) and inside Node (`handle`)
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
  accepted.destroy(); // it no longer owns its handle; its server counts it as closed
  const options = {
    handle,
    readable: true,
    writable: true,
    allowHalfOpen: true,
    onread: { buffer, callback },
  };
  return new Socket(options as SocketConstructorOpts);
}
