import type { Clock, Timer } from "@mod-gearman/base";
import type { CoreListener } from "./listener.ts";

/** Shorter than the module's wait for a missing socket after a reload (`native/neb/src/events/session.c`). */
const LOOK_EVERY_MS = 2000;

export interface SocketGuardOptions {
  readonly clock: Clock;
  /** Called after the socket was removed. */
  readonly listen: () => Promise<CoreListener>;
  readonly onProblem: (text: string) => void;
  /** The socket cannot be restored, so no core can connect to this bridge. Repeated while this lasts. */
  readonly onUnreachable: () => void;
}

/**
 * Restores a removed socket: programs that clean /tmp remove sockets too, and a reloaded core would start a second
 * bridge beside this one.
 */
export class SocketGuard {
  readonly #options: SocketGuardOptions;
  #listener: CoreListener | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(listener: CoreListener, options: SocketGuardOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#arm();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    await this.#listener?.close();
  }

  #arm(): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.setTimeout(() => {
      if (this.#listener?.isInPlace() === true) this.#arm();
      else void this.#renew().then(() => this.#arm());
    }, LOOK_EVERY_MS);
  }

  /** Never rejects. */
  async #renew(): Promise<void> {
    const { listen, onProblem, onUnreachable } = this.#options;
    try {
      void this.#listener?.close(); // immediately; it resolves when the core's connection ends
      this.#listener = undefined;
      const fresh = await listen();
      if (this.#closed) await fresh.close();
      else this.#listener = fresh;
    } catch (error) {
      onProblem(error instanceof Error ? error.message : String(error));
      onUnreachable();
    }
  }
}
