/** 0 high, 1 normal, 2 low; also the numbers that persistent stores use. Source: job-server.md 6.2. */
export type Priority = 0 | 1 | 2;

export const HIGH = 0;
export const NORMAL = 1;
export const LOW = 2;

/** Most urgent first. */
export const PRIORITIES: readonly Priority[] = [HIGH, NORMAL, LOW];

/** A submit. Names are latin1 strings of the received bytes. */
export interface JobRequest {
  readonly function: string;
  /** Up to 64 bytes; empty: never coalesced; `-`: coalesced by workload. */
  readonly unique: string;
  /** Contains the workload. May be a received chunk: {@link Job} keeps its own copy. */
  readonly bytes: Buffer;
  /** Where the workload begins in `bytes`. */
  readonly dataAt: number;
  readonly dataBytes: number;
  readonly priority: Priority;
  /** Not executed before this second since 1970; 0 = at once. */
  readonly whenSeconds: number;
  readonly reducer: string | undefined;
  readonly background: boolean;
}
