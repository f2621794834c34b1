import type { Clock, Timer } from "@mod-gearman/base";
import { ClientError, type ClientErrorCode } from "@mod-gearman/client";

export interface CallLimits {
  readonly maxPending: number;
  readonly maxPendingBytes: number;
}

interface Call<Live> {
  readonly bytes: number;
  readonly timer: Timer;
  readonly start: (live: Live) => void;
  readonly reject: (error: ClientError) => void;
  started: boolean;
}

const codes: Readonly<Record<string, ClientErrorCode>> = {
  JobFail: "JOB_FAILED",
  JobException: "JOB_EXCEPTION",
  ServerError: "SERVER_ERROR",
};

/**
 * Adds what abraxas lacks: every call settles, also after a timeout or a lost connection, and the number of waiting
 * calls is bounded. Internal to the package.
 */
export class PendingCalls<Live> {
  readonly #clock: Clock;
  readonly #limits: CallLimits;
  readonly #calls = new Set<Call<Live>>();
  #bytes = 0;
  #live: Live | undefined;
  #closed = false;

  constructor(clock: Clock, limits: CallLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get length(): number {
    return this.#calls.size;
  }

  connected(live: Live): void {
    this.#live = live;
    for (const call of this.#calls) call.start(live);
  }

  /** Reject the calls that were started: their answers are lost. */
  disconnected(): void {
    this.#live = undefined;
    const error = new ClientError("CONNECTION_LOST", "the connection ended before the answer", {
      phase: "submitting",
    });
    for (const call of this.#calls) if (call.started) call.reject(error);
  }

  close(): void {
    this.#closed = true;
    const error = new ClientError("CLOSED", "the client connection is closed");
    for (const call of this.#calls) call.reject(error);
  }

  /** @param start called once connected; only the first call of `done` or `fail` counts */
  call<T>(
    bytes: number,
    timeoutMs: number,
    start: (live: Live, done: (value: T) => void, fail: (error: Error) => void) => void,
  ): Promise<T> {
    if (this.#closed) return Promise.reject(new ClientError("CLOSED", "the client connection is closed"));
    if (!this.#hasRoom(bytes)) {
      const text = `${this.#calls.size} requests are waiting for the job server`;
      return Promise.reject(new ClientError("QUEUE_FULL", text));
    }
    return new Promise<T>((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => {
        const phase = call.started ? "submitting" : "connecting";
        fail(new ClientError("TIMEOUT", `no answer within ${timeoutMs} ms`, { phase }));
      }, timeoutMs);
      const done = (value: T) => {
        if (this.#settle(call)) resolve(value);
      };
      const fail = (error: Error) => {
        if (this.#settle(call)) reject(clientError(error));
      };
      const call: Call<Live> = {
        bytes,
        timer,
        started: false,
        reject: fail,
        start: (live) => {
          if (call.started) return;
          call.started = true;
          try {
            start(live, done, fail);
          } catch (error) {
            fail(error instanceof Error ? error : new Error(String(error)));
          }
        },
      };
      this.#calls.add(call);
      this.#bytes += bytes;
      if (this.#live !== undefined) call.start(this.#live);
    });
  }

  #hasRoom(bytes: number): boolean {
    if (this.#calls.size >= this.#limits.maxPending) return false;
    return this.#calls.size === 0 || this.#bytes + bytes <= this.#limits.maxPendingBytes;
  }

  #settle(call: Call<Live>): boolean {
    if (!this.#calls.delete(call)) return false;
    this.#bytes -= call.bytes;
    this.#clock.clearTimeout(call.timer);
    return true;
  }
}

/** abraxas has no error codes, only names; any other name means a broken connection. */
function clientError(error: Error): ClientError {
  if (error instanceof ClientError) return error;
  const code = codes[error.name] ?? "CONNECTION_LOST";
  const { code: serverCode } = error as { code?: unknown };
  const answer = typeof serverCode === "string" ? { serverCode, serverText: error.message } : undefined;
  return new ClientError(code, `abraxas: ${error.name}`, { cause: error, ...answer });
}
