import type { BackgroundJob } from "./client-options.ts";
import { Delivery, type DeliveryOptions } from "./delivery.ts";

/**
 * A second receiver of jobs, best effort: what it does not take is counted and told, and concerns nobody else. It
 * connects with the first job, gives up once and for all. Internal to the package.
 */
export class DeliveryCopy {
  readonly #options: DeliveryOptions;
  readonly #onFailure: (text: string) => void;
  #delivery: Delivery | undefined;
  #failed = 0;
  #told = false;

  constructor(options: DeliveryOptions, onFailure: (text: string) => void) {
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
    this.#delivery ??= new Delivery(this.#options);
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

  #count(delivery: Delivery): void {
    if (delivery.failure === undefined) return;
    this.#failed += delivery.takeUndelivered().length;
    if (!this.#told) this.#onFailure(delivery.failure);
    this.#told = true;
  }
}
