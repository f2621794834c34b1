import { connect, type LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import { omitUndefined, type ServerAddress } from "@mod-gearman/base";

/**
 * Makes one connection attempt, which `signal` aborts. Resolves with a connected stream, rejects if the attempt fails.
 */
export type DuplexFactory = (address: ServerAddress, signal: AbortSignal) => Promise<Duplex>;

export interface DialOptions {
  /** Idle time after which the kernel probes the peer, milliseconds. Default 15000 as the Go worker. */
  readonly keepAliveMs?: number;
  /** Called at every attempt. Default: the resolver of the system. */
  readonly lookup?: LookupFunction;
}

const KEEP_ALIVE_MS = 15_000;

/** Makes a factory that throws behave like one that rejects. Internal to the package. */
export async function dialSafely(
  dial: DuplexFactory,
  server: ServerAddress,
  signal: AbortSignal,
): Promise<Duplex> {
  return dial(server, signal);
}

/** TCP with keepalive and without Nagle's delay; every address of a name is tried. Source: worker.md 2.1. */
export function dialTcp(options: DialOptions = {}): DuplexFactory {
  return (address, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const socket = connect({
        host: address.host,
        port: address.port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: options.keepAliveMs ?? KEEP_ALIVE_MS,
        ...omitUndefined({ lookup: options.lookup }),
      });
      const onAbort = () => socket.destroy(signal.reason);
      const settle = (then: () => void) => () => {
        signal.removeEventListener("abort", onAbort);
        socket.removeListener("connect", onConnect).removeListener("error", onError);
        then();
      };
      const onConnect = settle(() => resolve(socket));
      const onError = (error: Error) => settle(() => reject(error))();
      signal.addEventListener("abort", onAbort, { once: true });
      socket.once("connect", onConnect).once("error", onError);
    });
}
