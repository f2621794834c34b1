import type { Peer } from "../core/entities.ts";
import type { Guard } from "../core/guard.ts";
import type { JobQueues } from "../core/job-queues.ts";
import type { QueueController } from "./queue-control.ts";

/** What text commands of one peer need. */
export interface AdminContext {
  readonly queues: JobQueues;
  readonly control: QueueController;
  /** This peer, in lines of the log. */
  readonly who: string;
  /** Oldest first. */
  readonly peers: Iterable<Peer>;
  readonly version: string;
  /** The answer to `verbose`. */
  readonly verbose: string;
  readonly pid: number;
  /** Rights of this peer; undefined: all. */
  readonly guard: Guard | undefined;
  /** A command was refused for want of rights. */
  onDenied(command: string): void;
  /** Executes `shutdown`; undefined if this peer may not request it. */
  readonly shutdown: ((graceful: boolean) => void) | undefined;
}
