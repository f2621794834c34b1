import type { EventEmitter } from "node:events";
import { ClientError, type RunningJob } from "@mod-gearman/client";

/** The functions of an abraxas worker task that the adapter uses. */
export interface AbraxasTask extends EventEmitter {
  readonly jobid: string;
  readonly uniqueid: string;
  readonly socket: {
    readonly feature: { exceptions: boolean };
    workData(jobId: string, data: Buffer): void;
    workWarning(jobId: string, text: Buffer): void;
  };
  end(data: Buffer): void;
  status(fraction: number): void;
  error(text: Buffer): void;
}

const HUNDREDTHS = "100";
const NO_BYTES = Buffer.alloc(0);

/** A job received by abraxas. Internal to the package. */
export class AbraxasJob implements RunningJob {
  readonly handle: Buffer;
  readonly function: Buffer;
  readonly unique: Buffer;
  readonly data: Buffer;
  readonly #task: AbraxasTask;
  readonly #onEnd: () => void;
  #ended = false;
  #lost = false;

  constructor(task: AbraxasTask, name: Buffer, data: Buffer, onEnd: () => void) {
    this.handle = Buffer.from(task.jobid, "latin1");
    this.function = name;
    this.unique = Buffer.from(task.uniqueid, "utf8"); // decoded by abraxas
    this.data = data;
    this.#task = task;
    this.#onEnd = onEnd;
  }

  get connectionLost(): boolean {
    return this.#lost;
  }

  markLost(): void {
    this.#lost = true;
  }

  complete(data: Buffer = NO_BYTES): void {
    this.#end(() => this.#task.end(Buffer.from(data)));
  }

  /** With the feature `exceptions` abraxas sends WORK_EXCEPTION and WORK_FAIL, and the second is an error. */
  fail(): void {
    this.#end(() => {
      this.#task.socket.feature.exceptions = false;
      this.#task.error(NO_BYTES);
    });
  }

  abandon(): void {
    throw new ClientError("UNSUPPORTED", "abraxas cannot leave a job without answer and take another one");
  }

  sendData(part: Buffer): void {
    if (this.#isLive) this.#task.socket.workData(this.#task.jobid, part);
  }

  sendWarning(text: Buffer): void {
    if (this.#isLive) this.#task.socket.workWarning(this.#task.jobid, text);
  }

  /** abraxas multiplies a fraction by 100 and writes the product, so only whole hundredths are accepted. */
  sendStatus(numerator: Buffer, denominator: Buffer): void {
    const digits = numerator.toString("latin1");
    const fraction = Number(digits) / 100;
    if (denominator.toString("latin1") !== HUNDREDTHS || String(fraction * 100) !== digits)
      throw new ClientError("UNSUPPORTED", "abraxas reports progress in whole hundredths only");
    if (this.#isLive) this.#task.status(fraction);
  }

  get #isLive(): boolean {
    return !this.#ended && !this.#lost;
  }

  #end(report: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    if (!this.#lost) report();
  }
}
