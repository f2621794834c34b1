import type { OutgoingResult } from "../src/outgoing-result.ts";
import type { OnSettled, SubmitError, Submitter } from "../src/submitter.ts";

interface Sent {
  readonly result: OutgoingResult;
  settled: OnSettled | undefined;
}

/** A connection for results whose answers are given by the test. */
export class FakeSubmitter implements Submitter {
  connected = true;
  closed = false;
  readonly sent: Sent[] = [];
  /** Outcome of unanswered results at `close`. */
  settleAtClose: SubmitError | undefined;

  get texts(): string[] {
    return this.sent.map(({ result }) => result.data.toString());
  }

  enqueueBackground(result: OutgoingResult, settled: OnSettled): void {
    this.sent.push({ result, settled });
  }

  /** Answers the result with index `at`, once. */
  settle(at: number, error?: SubmitError): void {
    const one = this.sent[at];
    const settled = one?.settled;
    if (one !== undefined) one.settled = undefined;
    settled?.(error);
  }

  /** Answers all unanswered results. */
  settleAll(error?: SubmitError): void {
    for (let at = 0; at < this.sent.length; at++) this.settle(at, error);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.settleAtClose !== undefined) this.settleAll(this.settleAtClose);
  }
}

export const result = (text: string, origin = "a:1"): OutgoingResult => ({
  function: Buffer.from("q"),
  unique: Buffer.from(text.slice(0, 60)),
  data: Buffer.from(text),
  origin,
});
