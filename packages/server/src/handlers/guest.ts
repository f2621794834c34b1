import type { Duplex } from "node:stream";
import { ProtocolError } from "@mod-gearman/protocol";
import type { ServerClock } from "../core/clock.ts";
import type { Peer } from "../core/entities.ts";
import { BadRequest, type CloseReason } from "../core/errors.ts";
import type { Denied } from "../core/guard.ts";
import type { JobQueues } from "../core/job-queues.ts";
import type { CommitsUnderWay } from "./handler.ts";

/** Limit for a closing peer to read its pending answers. Source: job-server.md 1.1. */
export const LINGER_MS = 10_000;

/** One peer with its stream, of either protocol. */
export interface Guest {
  readonly peer: Peer;
  /** Address and port. */
  readonly name: string;
  open(): void;
  /** Close gracefully: pending answers are sent, reading stops. */
  end(): void;
  destroy(): void;
}

/** What a guest needs of its server. */
export interface GuestHost {
  readonly queues: JobQueues;
  /** Undefined without a store. */
  readonly commits: CommitsUnderWay | undefined;
  readonly flusher: { afterwards(callback: () => void): void };
  readonly clock: ServerClock;
  readonly version: string;
  readonly maxPacketBytes: number;
  readonly maxOutputBytes: number;
  onRefused(guest: Guest, code: string, text: string): void;
  onDenied(guest: Guest, what: Denied, name: string): void;
  onClosing(guest: Guest, reason: CloseReason, cause: unknown): void;
  /** The peer makes no further requests and must leave the queues. Called once. */
  onLeft(guest: Guest): void;
  onClosed(guest: Guest): void;
}

export function closeReasonOf(error: unknown): CloseReason {
  return error instanceof BadRequest || error instanceof ProtocolError ? error.code : "INTERNAL";
}

/** In place of the address of peers of a unix socket. */
const UNIX_ADDRESS = "unix";

/**
 * Sockets have an address, other streams have not. IPv4 through an IPv6 socket is shown as IPv4.
 *
 * @param isUnix of a unix socket
 */
export function remoteOf(duplex: Duplex, isUnix = false): { address: string; port: number } {
  if (isUnix) return { address: UNIX_ADDRESS, port: 0 };
  const { remoteAddress, remotePort } = duplex as { remoteAddress?: unknown; remotePort?: unknown };
  return {
    address: typeof remoteAddress === "string" ? remoteAddress.replace(/^::ffff:/, "") : "-",
    port: typeof remotePort === "number" ? remotePort : 0,
  };
}
