import type { ServerAddress } from "@mod-gearman/base";
import { ClientError, type RequestPhase } from "../connection/errors.ts";
import type { ForegroundProgress, ForegroundResult } from "../contract/foreground-result.ts";
import { Request, type WireRange } from "./request.ts";

export interface ForegroundParts {
  readonly progress: ForegroundProgress;
  readonly maxDataBytes: number;
  readonly onAccepted: (submit: ForegroundSubmit, handle: Buffer, server: ServerAddress) => void;
  /** Called once, however the job ended. */
  readonly onSettled: (submit: ForegroundSubmit) => void;
}

/** A job whose result comes back over the same connection. Internal to the package. */
export class ForegroundSubmit extends Request {
  readonly #parts: ForegroundParts;
  readonly #promise: PromiseWithResolvers<ForegroundResult> = Promise.withResolvers<ForegroundResult>();
  #accepted: { handle: Buffer; server: ServerAddress } | undefined;
  #data: Buffer[] = [];
  #dataBytes = 0;

  constructor(wire: WireRange, deadlineMs: number, parts: ForegroundParts) {
    super(wire, deadlineMs, false);
    this.#parts = parts;
  }

  get promise(): Promise<ForegroundResult> {
    return this.#promise.promise;
  }

  /** The handle, once the server has accepted the job. */
  get handle(): Buffer | undefined {
    return this.#accepted?.handle;
  }

  created(bytes: Buffer, start: number, end: number, server: ServerAddress): boolean {
    const handle = Buffer.from(bytes.subarray(start, end));
    this.#accepted = { handle, server };
    this.#parts.onAccepted(this, handle, server);
    return true;
  }

  answered(): boolean {
    return false;
  }

  takeData(part: Buffer): void {
    if (this.#append(part)) this.#callHandler(() => this.#parts.progress.data?.(part));
  }

  takeWarning(text: Buffer): void {
    this.#callHandler(() => this.#parts.progress.warning?.(text));
  }

  takeStatus(numerator: Buffer, denominator: Buffer): void {
    this.#callHandler(() => this.#parts.progress.status?.(numerator, denominator));
  }

  complete(data: Buffer): void {
    if (!this.#append(data) || this.#accepted === undefined) return;
    const joined = Buffer.concat(this.#data, this.#dataBytes);
    if (this.#settle()) this.#promise.resolve({ ...this.#accepted, data: joined });
  }

  except(data: Buffer): void {
    const exception = Buffer.from(data.subarray(0, this.#parts.maxDataBytes));
    this.fail(
      new ClientError("JOB_EXCEPTION", "the worker reported an exception", { exception, phase: "waiting" }),
    );
  }

  fail(error: ClientError): void {
    if (this.#settle()) this.#promise.reject(error);
  }

  phase(connected: boolean): RequestPhase {
    if (this.#accepted !== undefined) return "waiting";
    return connected ? "submitting" : "connecting";
  }

  /** @returns false if already settled */
  #settle(): boolean {
    if (this.cancelled) return false;
    this.cancelled = true;
    this.#data = [];
    this.#parts.onSettled(this);
    return true;
  }

  #append(part: Buffer): boolean {
    if (this.cancelled) return false;
    this.#dataBytes += part.length;
    if (this.#dataBytes > this.#parts.maxDataBytes) {
      const text = `the job brought more than ${this.#parts.maxDataBytes} bytes`;
      this.fail(new ClientError("DATA_TOO_LARGE", text, { phase: "waiting" }));
      return false;
    }
    if (part.length > 0) this.#data.push(Buffer.from(part)); // a view would retain the whole chunk
    return true;
  }

  /** A handler that throws ends its own job, not the connection and not the process. */
  #callHandler(handler: () => void): void {
    if (this.cancelled) return;
    try {
      handler();
    } catch (cause) {
      const text = "a handler of the job's progress threw";
      this.fail(new ClientError("HANDLER_FAILED", text, { cause, phase: "waiting" }));
    }
  }
}
