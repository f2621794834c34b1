import type { ServerAddress } from "@mod-gearman/base";

/** A finished job is unknown: servers keep no history. */
export interface JobStatus {
  /** The server that answered. Only the server that accepted the job knows it. */
  readonly server: ServerAddress;
  readonly known: boolean;
  readonly running: boolean;
  /** Progress as the worker reported it, 0…2³²−1; 0 of 0 without a report. */
  readonly numerator: number;
  readonly denominator: number;
}

export interface UniqueJobStatus extends JobStatus {
  /** Attached foreground clients. */
  readonly clients: number;
}
