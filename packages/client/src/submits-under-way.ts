import { type Clock, Fifo } from "@mod-gearman/base";
import type { DisconnectReason } from "./disconnect-reason.ts";
import { ClientError } from "./errors.ts";

/** Called once: undefined when the server has the job. */
export type Settled = (error: ClientError | undefined) => void;

/** The submits of one connection that have no answer yet; answers come in their order. Internal to the package. */
export class SubmitsUnderWay {
  readonly #waiting = new Fifo<Settled>();
  #whenNone: (() => void) | undefined;

  get length(): number {
    return this.#waiting.length;
  }

  push(settled: Settled): void {
    this.#waiting.push(settled);
  }

  /** The answer to the oldest. @returns false when none waits for one */
  settle(error?: ClientError): boolean {
    const settled = this.#waiting.shift();
    if (settled === undefined) return false;
    settled(error);
    if (this.#waiting.length === 0) this.#whenNone?.();
    return true;
  }

  /** The connection has ended: none of them will be answered. */
  lose({ code, text }: DisconnectReason): void {
    const lost = this.#waiting.takeAll();
    this.#whenNone?.();
    for (const settled of lost) settled(new ClientError("CONNECTION_LOST", `${code}: ${text}`));
  }

  /** To be asked while some wait: resolves when all are answered, the connection is lost or the time is up. */
  async whenNone(timeoutMs: number, clock: Clock): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenNone = resolve;
    const timer = clock.setTimeout(resolve, timeoutMs);
    await promise;
    clock.clearTimeout(timer);
  }
}
