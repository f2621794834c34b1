import type { Runner, RunOutcome, RunRequest } from "@mod-gearman/runner";

/** A run ended by the test. */
export interface FakeRun {
  readonly request: RunRequest;
  readonly commandLine: string;
  end(outcome: Partial<RunOutcome>): void;
}

const NORMAL: RunOutcome = {
  exec: "exec",
  stdout: Buffer.alloc(0),
  stderr: Buffer.alloc(0),
  timedOut: false,
  aborted: false,
  startedAt: 1_700_000_000_000_000n,
  finishedAt: 1_700_000_000_250_000n,
  truncatedBytes: 0,
};

/** A runner that runs no plugin. */
export class FakeRunner implements Runner {
  readonly runs: FakeRun[] = [];
  readonly aborts: string[] = [];
  /** If set, ends each run immediately; may throw. */
  answer: ((request: RunRequest) => Partial<RunOutcome>) | undefined;
  readonly #open = new Set<FakeRun>();

  readonly spawner: Runner["spawner"];
  readonly whyNotNative: string | undefined;
  readonly unkillable = 0;

  constructor(spawner: Runner["spawner"] = "native", whyNotNative?: string) {
    this.spawner = spawner;
    this.whyNotNative = whyNotNative;
  }

  get active(): number {
    return this.#open.size;
  }

  async run(request: RunRequest): Promise<RunOutcome> {
    if (this.answer !== undefined) return { ...NORMAL, ...this.answer(request) };
    return new Promise((resolve) => {
      const run: FakeRun = {
        request,
        commandLine: request.commandLine.toString("latin1"),
        end: (outcome) => {
          this.#open.delete(run);
          resolve({ ...NORMAL, ...outcome });
        },
      };
      this.#open.add(run);
      this.runs.push(run);
    });
  }

  start(request: RunRequest, done: (outcome: RunOutcome) => void): void {
    if (this.answer === undefined) void this.run(request).then(done);
    else {
      const outcome = { ...NORMAL, ...this.answer(request) };
      queueMicrotask(() => done(outcome));
    }
  }

  async abortAll(how?: "at once"): Promise<void> {
    this.aborts.push(how ?? "in order");
    for (const run of [...this.#open]) run.end({ aborted: true });
  }

  close(): void {
    // no files are kept
  }
}
