/** What the clients of a job server know about one job. */
interface LedgerEntry {
  /** Of its workload. */
  readonly digest: string;
  /** Number of the event that submitted it. */
  readonly submitted: number;
  isAcknowledged: boolean;
  isRefused: boolean;
  runs: number;
  /** Number of the event after which the server has its completion; undefined: not known to have it. */
  completed: number | undefined;
}

export interface LedgerReport {
  readonly submitted: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Submitted, neither acknowledged nor refused before the server was gone. */
  readonly unanswered: number;
  /** Acknowledged and never run. */
  readonly lost: readonly string[];
  /** Run again although the server had made their completion durable. */
  readonly wronglyRepeated: readonly string[];
  /** Runs beyond the first, which at-least-once permits. */
  readonly repeated: number;
  /** Run with other bytes than were submitted, or never submitted. */
  readonly foreign: readonly string[];
}

/**
 * Writes down what was submitted, acknowledged and run, as a client of the server sees it. Events have numbers: when a
 * submit is acknowledged, all that the server had received before it was submitted is durable too, as a store
 * commits in the order of arrival.
 */
export class JobLedger {
  readonly #jobs = new Map<string, LedgerEntry>();
  readonly #foreign: string[] = [];
  readonly #wronglyRepeated: string[] = [];
  #event = 0;
  #outstanding = 0;
  #durable = 0;
  #repeated = 0;

  submitted(id: string, digest: string): void {
    this.#event += 1;
    this.#jobs.set(id, {
      digest,
      submitted: this.#event,
      isAcknowledged: false,
      isRefused: false,
      runs: 0,
      completed: undefined,
    });
  }

  acknowledged(id: string): void {
    const job = this.#known(id);
    job.isAcknowledged = true;
    if (job.runs === 0) this.#outstanding += 1;
    this.#durable = Math.max(this.#durable, job.submitted);
  }

  refused(id: string): void {
    this.#known(id).isRefused = true;
  }

  run(id: string, digest: string): void {
    const job = this.#jobs.get(id);
    if (job === undefined || job.digest !== digest) {
      this.#foreign.push(id);
      return;
    }
    if (job.completed !== undefined && job.completed < this.#durable) this.#wronglyRepeated.push(id);
    if (job.runs > 0) this.#repeated += 1;
    else if (job.isAcknowledged) this.#outstanding -= 1;
    job.runs += 1;
    job.completed = undefined;
  }

  /** The server has received the completion of these. */
  completed(ids: readonly string[]): void {
    this.#event += 1;
    for (const id of ids) {
      const job = this.#jobs.get(id);
      if (job !== undefined) job.completed = this.#event;
    }
  }

  /** The server is gone: completions that were not durable are lost with it. */
  killed(): void {
    for (const job of this.#jobs.values())
      if (job.completed !== undefined && job.completed >= this.#durable) job.completed = undefined;
  }

  /** Acknowledged jobs that have not run. */
  get outstanding(): number {
    return this.#outstanding;
  }

  report(): LedgerReport {
    const all = [...this.#jobs];
    const acknowledged = all.filter(([, job]) => job.isAcknowledged);
    return {
      submitted: all.length,
      acknowledged: acknowledged.length,
      refused: all.filter(([, job]) => job.isRefused).length,
      unanswered: all.filter(([, job]) => !job.isAcknowledged && !job.isRefused).length,
      lost: acknowledged.filter(([, { runs }]) => runs === 0).map(([id]) => id),
      wronglyRepeated: this.#wronglyRepeated,
      repeated: this.#repeated,
      foreign: this.#foreign,
    };
  }

  #known(id: string): LedgerEntry {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new Error(`never submitted: ${id}`);
    return job;
  }
}
