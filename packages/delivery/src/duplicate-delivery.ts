import type { BackgroundJob } from "@mod-gearman/client";
import { FailOverDelivery, type FailOverOptions } from "./fail-over-delivery.ts";

/**
 * A second receiver of jobs, best effort: what it does not take is counted and told, and concerns nobody else. It
 * connects with the first job, gives up once and for all. Internal to the package.
 */
export class DuplicateDelivery {
  readonly #options: FailOverOptions;
  readonly #onFailure: (text: string) => void;
  #delivery: FailOverDelivery | undefined;
  #failed = 0;
  #told = false;

  constructor(options: FailOverOptions, onFailure: (text: string) => void) {
    this.#options = options;
    this.#onFailure = onFailure;
  }

  /** Jobs it did not take. */
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

  /** Wait until everything is settled. */
  async finish(): Promise<void> {
    const delivery = this.#delivery;
    if (delivery === undefined) return;
    await delivery.whenDelivered();
    this.#count(delivery);
  }

  close(): void {
    this.#delivery?.close();
  }

  #count(delivery: FailOverDelivery): void {
    if (delivery.failure === undefined) return;
    this.#failed += delivery.takeUndelivered().length;
    if (!this.#told) this.#onFailure(delivery.failure);
    this.#told = true;
  }
}
