import type { QueueCounters, QueueStatus, WorkerLine } from "@mod-gearman/protocol";

/** Queues of one job server, or why there is no answer. */
export type Answer =
  | {
      readonly kind: "queues";
      readonly queues: readonly QueueStatus[];
      /** Any bytes; absent if the server did not send it. */
      readonly version?: Buffer | undefined;
    }
  /** Printable text, without line end. */
  | { readonly kind: "failure"; readonly message: string };

/** Workers of one job server, or why there is no answer. */
export type WorkersAnswer =
  | { readonly kind: "workers"; readonly workers: readonly WorkerLine[] }
  | { readonly kind: "failure"; readonly message: string };

/** Counters of the queues of one job server by their names, latin1. */
export type CountersAnswer = ReadonlyMap<string, QueueCounters>;
