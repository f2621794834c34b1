export interface WorkerStatus {
  readonly identifier: Buffer;
  /** `busy`: slots with a job. */
  readonly total: number;
  readonly busy: number;
  readonly minWorker: number;
  readonly maxWorker: number;
  /** Decodable jobs since the start. */
  readonly jobs: number;
  readonly version: string;
}

/** Answer of the queue `worker_<id>`, read by check_gearman. Source: worker.md 8.1. */
export function statusText(status: WorkerStatus): Buffer {
  const { identifier, total, busy, minWorker, maxWorker, jobs, version } = status;
  const text =
    ` has ${total} worker and is working on ${busy} jobs. Version: ${version}` +
    `|worker=${total};;;${minWorker};${maxWorker} jobs=${jobs}c`;
  return Buffer.concat([identifier, Buffer.from(text)]);
}

/** Answers an accepted drain job. */
export function drainText(identifier: Buffer, busy: number): Buffer {
  return Buffer.concat([identifier, Buffer.from(` is draining: takes no more jobs, finishes ${busy} jobs`)]);
}
