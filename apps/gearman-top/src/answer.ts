import type { QueueStatus, WorkerLine } from "@mod-gearman/protocol";

/** What came of asking one job server for its queues. */
export type Answer =
  | {
      readonly kind: "queues";
      readonly queues: readonly QueueStatus[];
      /** Absent when the server did not say. Any bytes. */
      readonly version?: Buffer;
    }
  /** Printable text, without line end. */
  | { readonly kind: "failure"; readonly message: string };

/** What came of asking one job server for its workers. */
export type WorkersAnswer =
  | { readonly kind: "workers"; readonly workers: readonly WorkerLine[] }
  | { readonly kind: "failure"; readonly message: string };
