import { connect, type LookupFunction, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { omitUndefined, type ServerAddress } from "@mod-gearman/base";
import { secureContext, secured } from "./dial-tls.ts";

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

/**
 * TCP with keepalive and without Nagle's delay; every address of a name is tried. With TLS where the address says so, and then
 * never without: the server's certificate is verified. Source: worker.md 2.1, job-server.md 5.
 */
export function dialTcp(options: DialOptions = {}): DuplexFactory {
  return (address, signal) =>
    address.tls === undefined ? connectTcp(address, signal, options) : dialTls(address, signal, options);
}

async function dialTls(address: ServerAddress, signal: AbortSignal, options: DialOptions): Promise<Duplex> {
  const context = secureContext(address.tls ?? {}); // first: files that cannot be used cost the server no connection
  return secured(await connectTcp(address, signal, options), address, { context, signal });
}

function connectTcp(
  { host, port }: ServerAddress,
  signal: AbortSignal,
  { keepAliveMs, lookup }: DialOptions,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs ?? KEEP_ALIVE_MS,
      ...omitUndefined({ lookup }),
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
