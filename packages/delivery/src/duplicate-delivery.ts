import type { BackgroundJob } from "@mod-gearman/client";
import { FailOverDelivery, type FailOverOptions } from "./fail-over-delivery.ts";

/**
 * Best-effort duplicate of the jobs for one more server; failures are counted and reported, never propagated. It connects
 * with the first job and does not retry after it gave up. Internal to the package.
 */
export class DuplicateDelivery {
  readonly #options: FailOverOptions;
  readonly #onFailure: (text: string) => void;
  #delivery: FailOverDelivery | undefined;
  #failed = 0;
  #isReported = false;

  constructor(options: FailOverOptions, onFailure: (text: string) => void) {
    this.#options = options;
    this.#onFailure = onFailure;
  }

  get failed(): number {
    return this.#failed;
  }

  get hasRoom(): boolean {
    return this.#delivery === undefined || this.#delivery.failure !== undefined || this.#delivery.hasRoom;
  }

  deliver(job: BackgroundJob): void {
    this.#delivery ??= new FailOverDelivery(this.#options);
    this.#delivery.deliver(job);
    this.#count(this.#delivery);
  }

  async whenRoom(): Promise<void> {
    await this.#delivery?.whenRoom();
  }

  async finish(): Promise<void> {
    const delivery = this.#delivery;
    if (delivery === undefined) return;
    await delivery.whenDelivered();
    this.#count(delivery);
  }

  close(): Promise<void> | undefined {
    return this.#delivery?.close();
  }

  #count(delivery: FailOverDelivery): void {
    if (delivery.failure === undefined) return;
    this.#failed += delivery.takeUndelivered().length;
    if (!this.#isReported) this.#onFailure(delivery.failure);
    this.#isReported = true;
  }
}
