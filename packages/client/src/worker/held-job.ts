import type { JobAssignAllPacket, JobAssignPacket, JobAssignUniqPacket } from "@mod-gearman/protocol";
import { ClientError } from "../connection/errors.ts";
import type { RunningJob } from "../contract/assigned-job.ts";

/** Internal to the package. */
export type JobProgress =
  | { readonly name: "WORK_DATA" | "WORK_WARNING"; readonly data: Buffer }
  | { readonly name: "WORK_STATUS"; readonly numerator: Buffer; readonly denominator: Buffer };

/** Internal to the package. */
export type JobEnd =
  | { readonly kind: "complete"; readonly data: Buffer }
  | { readonly kind: "fail" }
  | { readonly kind: "abandon" };

const NO_BYTES = Buffer.alloc(0);

/** The worker connection's side of an {@link AssignedJob}. Internal to the package. */
export class HeldJob implements RunningJob {
  readonly handle: Buffer;
  readonly function: Buffer;
  readonly unique: Buffer;
  readonly data: Buffer;
  readonly #onEnd: (job: HeldJob, end: JobEnd) => void;
  readonly #onProgress: (job: HeldJob, progress: JobProgress) => void;
  #ended = false;
  #lost = false;

  /**
   * @param onEnd called once, at the first of `complete`, `fail` and `abandon`
   * @param onProgress called for progress reports before that, while the connection lives
   * @param isView the buffers stay views of what was received, which they keep in memory
   */
  constructor(
    packet: JobAssignPacket | JobAssignUniqPacket | JobAssignAllPacket,
    onEnd: (job: HeldJob, end: JobEnd) => void,
    onProgress: (job: HeldJob, progress: JobProgress) => void = () => {},
    isView = false,
  ) {
    const own = (bytes: Buffer): Buffer => (isView ? bytes : Buffer.from(bytes));
    this.handle = own(packet.handle);
    this.function = own(packet.function);
    this.unique = "unique" in packet ? own(packet.unique) : NO_BYTES;
    this.data = own(packet.data);
    this.#onEnd = onEnd;
    this.#onProgress = onProgress;
  }

  get connectionLost(): boolean {
    return this.#lost;
  }

  markLost(): void {
    this.#lost = true;
  }

  complete(data: Buffer = NO_BYTES): void {
    this.#end({ kind: "complete", data });
  }

  fail(): void {
    this.#end({ kind: "fail" });
  }

  abandon(): void {
    this.#end({ kind: "abandon" });
  }

  sendData(part: Buffer): void {
    this.#progress({ name: "WORK_DATA", data: part });
  }

  sendWarning(text: Buffer): void {
    this.#progress({ name: "WORK_WARNING", data: text });
  }

  sendStatus(numerator: Buffer, denominator: Buffer): void {
    if (numerator.includes(0) || denominator.includes(0))
      throw new ClientError("BAD_ARGUMENT", "NUL in the progress of a job");
    this.#progress({ name: "WORK_STATUS", numerator, denominator });
  }

  #progress(progress: JobProgress): void {
    if (!this.#ended && !this.#lost) this.#onProgress(this, progress);
  }

  #end(end: JobEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd(this, end);
  }
}
