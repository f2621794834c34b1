import type { ServerAddress } from "@mod-gearman/base";
import type { Micros } from "@mod-gearman/payload";
import type { CheckEvent, PlainJob } from "./jobs.ts";
import type { KeptJob } from "./kept-jobs.ts";

/** A check that is on a job server and whose result has not come yet. */
export interface OutstandingCheck {
  readonly hostName: Buffer;
  readonly serviceDescription: Buffer | undefined;
  /** Identifies the job on its server. */
  readonly id: { readonly unique: Buffer } | { readonly handle: Buffer };
  /** The server that took the job. */
  readonly server: ServerAddress;
  /** A bridge before this one put the job on a server, this one or another. */
  readonly isFormer?: true;
}

/** A check whose job is being submitted; becomes an {@link OutstandingCheck}, or is released. */
export interface Claim {
  readonly key: string;
  /** Unique key of the job, latin1; empty if unique keys are not used. */
  readonly unique: string;
  readonly acceptedAt: number;
  /** Absent: its times are not wanted. */
  readonly event: ClaimedEvent | undefined;
  /** Its result arrived before the acknowledgement of its job, which uses another connection. */
  answered: boolean;
  /** Another server may have the job as well: it was sent there, and not answered. */
  doubled: boolean;
  /** A result of its job has come before the acknowledgement, and was refused. */
  isForfeit: boolean;
}

/** What is read of an event for its times. */
export type ClaimedEvent = Pick<CheckEvent, "queue" | "core_time" | "taken_time">;

/** What is remembered of a check whose job a server has taken. */
export interface AcceptedCheck {
  readonly handle: Buffer;
  readonly server: ServerAddress;
  readonly timeoutMs: number;
  readonly coreTime: Micros;
  /** Kept for another server, within limits. */
  readonly plain: PlainJob;
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
  /** Planned time, microseconds; NaN: not known. */
  readonly coreTime: number;
  /** For another server; undefined when there was no space for it. */
  readonly job: KeptJob | undefined;
  /** How often it was put on another server; {@link FORMER}. */
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

/** That the core gives the plugin; 0: not known, as long as no server has the job. */
export function timeoutSecondsOf(check: Row | Claim): number {
  return "timeoutMs" in check ? check.timeoutMs / 1000 : 0;
}

/** `moves` of a check that a bridge before this one put on a server: object and unique key are all that is known of it. */
const FORMER = -1;
/** Stands for its time limit, which is not known: how often a server is asked for it. */
const FORMER_TIMEOUT_MS = 60_000;

export function isFormer({ moves }: Pick<Row, "moves">): boolean {
  return moves === FORMER;
}

/** @param server any of those on which its job may be */
export function formerRow(key: string, unique: string, server: ServerAddress, acceptedAt: number): Row {
  return {
    ...{ key, id: unique, named: true, server, queue: "", handlePrefix: "", handleNumber: -1 },
    ...{ acceptedAt, takenBeforeMs: -1, plannedBeforeMs: -1, queuedAfterMs: -1 },
    ...{ timeoutMs: FORMER_TIMEOUT_MS, coreTime: Number.NaN, job: undefined, moves: FORMER },
    ...{ doubled: false, doubted: true, isForfeit: false },
    ...{ missingSince: undefined, unaskedSince: undefined, bucket: undefined },
  };
}

/** Handle of its job as the server wrote it, latin1. */
export function handleOf({ handlePrefix, handleNumber }: Row): string {
  return handleNumber < 0 ? handlePrefix : `${handlePrefix}${handleNumber}`;
}

export function checkOf(row: Row): OutstandingCheck {
  const [host = "", service] = row.key.split("\0");
  const id = Buffer.from(row.id, "latin1");
  const check: OutstandingCheck = {
    hostName: Buffer.from(host, "latin1"),
    serviceDescription: service === undefined ? undefined : Buffer.from(service, "latin1"),
    id: row.named ? { unique: id } : { handle: id },
    server: row.server,
  };
  return isFormer(row) ? { ...check, isFormer: true } : check;
}
