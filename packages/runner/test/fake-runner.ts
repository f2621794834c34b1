import type { Runner, RunOutcome, RunRequest } from "../src/index.ts";

/** Ends each run with the return value of `answer`, one turn of the loop later. */
export class FakeRunner implements Pick<Runner, "start"> {
  readonly requests: RunRequest[] = [];
  answer: (request: RunRequest) => Partial<RunOutcome> = () => ({ exitCode: 0 });

  start(request: RunRequest, done: (outcome: RunOutcome) => void): void {
    this.requests.push(request);
    const outcome: RunOutcome = {
      exec: "exec",
      stdout: Buffer.alloc(0),
      stderr: Buffer.alloc(0),
      timedOut: false,
      aborted: false,
      startedAt: 1_000_000n,
      finishedAt: 3_000_000n,
      truncatedBytes: 0,
      ...this.answer(request),
    };
    queueMicrotask(() => done(outcome));
  }
}
