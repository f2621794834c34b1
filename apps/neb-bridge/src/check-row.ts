import type { ServerAddress } from "@mod-gearman/base";
import type { KeptJob } from "./kept-jobs.ts";

/** A check that is on a job server and whose result has not come yet. */
export interface OutstandingCheck {
  readonly hostName: Buffer;
  readonly serviceDescription: Buffer | undefined;
  /** Identifies the job on its server. */
  readonly id: { readonly unique: Buffer } | { readonly handle: Buffer };
  /** The server that took the job. */
  readonly server: ServerAddress;
}

/** Kept small and without buffers: there may be a million, and a buffer would hold the whole chunk it came in. */
export interface Row {
  readonly key: string;
  /** Unique key, or the handle of a job without one; latin1. */
  readonly id: string;
  readonly named: boolean;
  readonly server: ServerAddress;
  /** latin1, one string for all checks of a queue. */
  readonly queue: string;
  /** Handle of the job: a number and what stands before it, one string for all jobs of a server. */
  readonly handlePrefix: string;
  /** -1: the prefix is the whole handle. */
  readonly handleNumber: number;
  readonly acceptedAt: number;
  /** How long before that the shim took it, whole milliseconds; -1: not known. */
  readonly takenBeforeMs: number;
  /** How long before that it was planned, whole milliseconds. */
  readonly plannedBeforeMs: number;
  /** How long after that a job server had it, whole milliseconds. */
  readonly queuedAfterMs: number;
  readonly timeoutMs: number;
  /** Planned time, microseconds. */
  readonly coreTime: number;
  /** For another server; undefined when there was no space for it. */
  readonly job: KeptJob | undefined;
  /** How often it was put on another server. */
  readonly moves: number;
  /** Another server may have the job as well. */
  doubled: boolean;
  /** Its server was away since it took the job. */
  doubted: boolean;
  /** A result of its job has come, and was refused. */
  isForfeit: boolean;
  /** Set when the job server did not know the job. */
  missingSince: number | undefined;
  /** Set while the job server cannot be asked. */
  unaskedSince: number | undefined;
  /** Its bucket; undefined while the server is being asked. */
  bucket: Set<Row> | undefined;
}

/** Handle of its job as the server wrote it, latin1. */
export function handleOf({ handlePrefix, handleNumber }: Row): string {
  return handleNumber < 0 ? handlePrefix : `${handlePrefix}${handleNumber}`;
}

export function checkOf(row: Row): OutstandingCheck {
  const [host = "", service] = row.key.split("\0");
  const id = Buffer.from(row.id, "latin1");
  return {
    hostName: Buffer.from(host, "latin1"),
    serviceDescription: service === undefined ? undefined : Buffer.from(service, "latin1"),
    id: row.named ? { unique: id } : { handle: id },
    server: row.server,
  };
}
