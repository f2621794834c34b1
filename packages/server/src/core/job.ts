import type { Timer } from "../clock.ts";
import { READ_BYTES } from "../read-bytes.ts";
import type { JobFunction } from "./job-function.ts";
import type { Peer } from "./peer.ts";

/** 0 high, 1 normal, 2 low; also the numbers that persistent stores use. Source: job-server.md 6.2. */
export type Priority = 0 | 1 | 2;

export const HIGH = 0;
export const NORMAL = 1;
export const LOW = 2;

/** Every priority, most urgent first. */
export const PRIORITIES: readonly Priority[] = [HIGH, NORMAL, LOW];

/** What a client asks for. Names are latin1 strings of the bytes that travelled. */
export interface JobRequest {
  readonly function: string;
  /** Up to 64 bytes; empty: never coalesced; `-`: coalesced by workload. */
  readonly unique: string;
  /** The workload. May be a view of a received chunk: {@link Job} keeps its own copy. */
  readonly data: Buffer;
  readonly priority: Priority;
  /** Not before this second since 1970; 0 = at once. */
  readonly whenSeconds: number;
  readonly reducer: string | undefined;
  readonly background: boolean;
}

/** Stands for an empty list in every job that has no client, as most have none; never added to. */
export const NOBODY: Peer[] = [];

/** A unit of work. Source: job-server.md 2.1. */
export class Job {
  /** In front of the number in the handle, with its colon. */
  readonly #prefix: string;
  /** The number in the handle, uint32. */
  readonly number: number;
  /** Grows with every job of the process, unlike the number in the handle. */
  readonly order: number;
  readonly function: JobFunction;
  readonly unique: string;
  readonly data: Buffer;
  readonly priority: Priority;
  readonly whenSeconds: number;
  readonly reducer: string | undefined;
  /** Somebody wanted it done no matter who listens (X4). */
  background: boolean;
  /** Foreground clients; one that submitted twice is in here twice and hears everything twice. */
  clients: Peer[] = NOBODY;
  /** Who runs it; undefined while it waits. */
  worker: Peer | undefined;
  /** Of the last WORK_STATUS, uint32. */
  numerator = 0;
  denominator = 0;
  /** How often it was taken away from a worker. */
  retries = 0;
  /** Whether it is found by its unique. */
  isFindable = false;
  /** Key under which it is found by workload, when its unique is `-`. */
  workloadKey: string | undefined;
  /** Neighbours among the jobs of its worker, see `HeldJobs`. */
  heldBefore: Job | undefined;
  heldAfter: Job | undefined;
  /** Ends the time that CAN_DO_TIMEOUT gave its worker. */
  timer: Timer | undefined;

  constructor(
    request: JobRequest,
    identity: { prefix: string; number: number; order: number },
    jobFunction: JobFunction,
  ) {
    this.#prefix = identity.prefix;
    this.number = identity.number;
    this.order = identity.order;
    this.function = jobFunction;
    this.unique = request.unique;
    this.data = ownBytes(request.data);
    this.priority = request.priority;
    this.whenSeconds = request.whenSeconds;
    this.reducer = request.reducer;
    this.background = request.background;
    this.worker = undefined;
    this.workloadKey = undefined;
    this.heldBefore = undefined;
    this.heldAfter = undefined;
    this.timer = undefined;
  }

  /** `<prefix>:<n>`; made when it is asked for, as most jobs only wait and a string takes as much memory as the rest. */
  get handle(): string {
    return this.#prefix + this.number;
  }

  /** Nobody wants it any more: it is dropped when its turn comes, unless somebody attaches before (X5). */
  get isIgnored(): boolean {
    return !this.background && this.clients.length === 0;
  }
}

const SLACK_BYTES = 4096;

/** A copy, unless `view` is nearly all of a large buffer, which then is nobody else's. */
function ownBytes(view: Buffer): Buffer {
  if (view.length >= READ_BYTES && view.buffer.byteLength <= view.length + SLACK_BYTES) return view;
  return Buffer.from(view);
}
