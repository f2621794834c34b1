import type { ServerAddress } from "@mod-gearman/base";

/** Status of a job on one server. A finished job is unknown: servers keep no history. */
export interface JobStatus {
  /** The server that answered. Only the server that accepted the job knows it. */
  readonly server: ServerAddress;
  readonly known: boolean;
  /** Assigned to a worker. */
  readonly running: boolean;
  /** Progress as the worker reported it, 0…2³²−1; 0 of 0 without a report. */
  readonly numerator: number;
  readonly denominator: number;
}

/** Status of a job that was looked up by its unique key. */
export interface UniqueJobStatus extends JobStatus {
  /** Clients attached in the foreground. */
  readonly clients: number;
}
