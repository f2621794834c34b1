import { type Clock, Fifo } from "@mod-gearman/base";
import type { DisconnectReason } from "../connection/disconnect-reason.ts";
import { ClientError } from "../connection/errors.ts";

/** Called once; undefined: the server has the job. */
export type Settled = (error: ClientError | undefined) => void;

/** The unanswered submits of one connection; answers arrive in order. Internal to the package. */
export class UnansweredSubmits {
  readonly #waiting = new Fifo<Settled>();
  #whenNone: (() => void) | undefined;

  get length(): number {
    return this.#waiting.length;
  }

  push(settled: Settled): void {
    this.#waiting.push(settled);
  }

  /** Settles the oldest submit. @returns false if there is none */
  settle(error?: ClientError): boolean {
    const settled = this.#waiting.shift();
    if (settled === undefined) return false;
    settled(error);
    if (this.#waiting.length === 0) this.#whenNone?.();
    return true;
  }

  /** Fails all submits, as the connection has ended. */
  lose({ code, text }: DisconnectReason): void {
    const lost = this.#waiting.takeAll();
    this.#whenNone?.();
    for (const settled of lost) settled(new ClientError("CONNECTION_LOST", `${code}: ${text}`));
  }

  /** Only while there are some: resolves when all are answered, the connection is lost or the time is up. */
  async whenNone(timeoutMs: number, clock: Clock): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenNone = resolve;
    const timer = clock.setTimeout(resolve, timeoutMs);
    await promise;
    clock.clearTimeout(timer);
  }
}
