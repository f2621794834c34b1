import type { EnvelopeHeader } from "@mod-gearman/crypto";

/** A run of a worker: how its messages are known, and one of them. */
export type WorkerRun = Pick<EnvelopeHeader, "keyId" | "epoch" | "bootId" | "counter">;

const MAX_IDENTITIES = 10_000;
/** Workers with one identity: machines that were set up with a copy of its file. */
const MAX_WORKERS = 16;

/**
 * Which workers speak for each identity, as the first result of each of their runs says. Bounded: the oldest are forgotten. One that
 * is not known here learns of its revocation by its next result.
 */
export class WorkerRuns {
  /** The newest run of each worker, by id of its identity (latin1) and by its identifier. */
  readonly #identities = new Map<string, Map<string, WorkerRun>>();

  learn(idText: string, identifier: string, { keyId, epoch, bootId, counter }: WorkerRun): void {
    const workers = this.#identities.get(idText) ?? new Map<string, WorkerRun>();
    this.#identities.delete(idText);
    this.#identities.set(idText, workers);
    workers.delete(identifier);
    // copies: a view would hold the chunk that the message came in
    workers.set(identifier, { keyId: Buffer.from(keyId), epoch, bootId: Buffer.from(bootId), counter });
    dropOldest(workers, MAX_WORKERS);
    dropOldest(this.#identities, MAX_IDENTITIES);
  }

  of(idText: string): ReadonlyMap<string, WorkerRun> {
    return this.#identities.get(idText) ?? new Map();
  }
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
