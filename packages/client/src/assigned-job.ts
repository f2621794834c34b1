import type { JobAssignAllPacket, JobAssignPacket, JobAssignUniqPacket } from "@mod-gearman/protocol";

/**
 * A job that a server gave to this worker. Exactly one of `complete`, `fail` and `abandon` must be called in the
 * end, also when the connection was lost: until then the job takes up one place of the capacity. Later calls do
 * nothing. The buffers are copies, the receiver's to keep.
 */
export interface AssignedJob {
  readonly handle: Buffer;
  readonly function: Buffer;
  /** Empty when the job has none or the server did not say. */
  readonly unique: Buffer;
  readonly data: Buffer;
  /** The connection ended: the server has given, or will give, the job to another worker; no answer is sent. */
  readonly connectionLost: boolean;
  /** Report success, with data for clients in the foreground. */
  complete(data?: Buffer): void;
  /** Report failure. The server drops a background job for good: not for jobs that were merely not executed. */
  fail(): void;
  /** Send no answer. The server gives the job to another worker once this connection is closed. */
  abandon(): void;
}

/** How a job ended. Internal to the package. */
export type JobEnd =
  | { readonly kind: "complete"; readonly data: Buffer }
  | { readonly kind: "fail" }
  | { readonly kind: "abandon" };

/** The worker connection's side of an {@link AssignedJob}. Internal to the package. */
export class HeldJob implements AssignedJob {
  readonly handle: Buffer;
  readonly function: Buffer;
  readonly unique: Buffer;
  readonly data: Buffer;
  readonly #onEnd: (job: HeldJob, end: JobEnd) => void;
  #ended = false;
  #lost = false;

  /** @param onEnd called once, at the first of `complete`, `fail` and `abandon` */
  constructor(
    packet: JobAssignPacket | JobAssignUniqPacket | JobAssignAllPacket,
    onEnd: (job: HeldJob, end: JobEnd) => void,
  ) {
    this.handle = Buffer.from(packet.handle);
    this.function = Buffer.from(packet.function);
    this.unique = Buffer.from("unique" in packet ? packet.unique : "");
    this.data = Buffer.from(packet.data);
    this.#onEnd = onEnd;
  }

  get connectionLost(): boolean {
    return this.#lost;
  }

  /** The connection it came over has ended. */
  markLost(): void {
    this.#lost = true;
  }

  complete(data: Buffer = Buffer.alloc(0)): void {
    this.#end({ kind: "complete", data });
  }

  fail(): void {
    this.#end({ kind: "fail" });
  }

  abandon(): void {
    this.#end({ kind: "abandon" });
  }

  #end(end: JobEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd(this, end);
  }
}
