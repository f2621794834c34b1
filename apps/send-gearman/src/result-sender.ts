import type { SenderOptions } from "@mod-gearman/config";
import { SealBatch } from "@mod-gearman/crypto";
import type { ResultDelivery } from "@mod-gearman/delivery";
import type { Micros } from "@mod-gearman/payload";
import type { ResultSealer } from "@mod-gearman/program";
import type { CheckOutcome } from "./check-outcome.ts";
import { ResultTemplate } from "./result-template.ts";
import { traceText } from "./result-text.ts";

/** How a {@link ResultSender} encrypts and traces texts. */
export interface Sealing {
  readonly password: Buffer | undefined;
  /** Seals each result, in place of the password. */
  readonly sealer?: ResultSealer | undefined;
  readonly trace: ((text: string) => void) | undefined;
}

/** Makes jobs for the result queue from the outcomes of a list: printed one by one, encrypted and sent in batches. */
export class ResultSender {
  readonly #queue: Buffer;
  readonly #delivery: ResultDelivery;
  readonly #template: ResultTemplate;
  readonly #batch: SealBatch;
  readonly #sealer: ResultSealer | undefined;
  readonly #trace: ((text: string) => void) | undefined;

  /** @param sealing without a password results are sent unencrypted; `trace` gets every text before encryption */
  constructor(options: SenderOptions, delivery: ResultDelivery, { password, sealer, trace }: Sealing) {
    this.#queue = options.resultQueue;
    this.#delivery = delivery;
    this.#template = new ResultTemplate(options);
    this.#batch = new SealBatch(password);
    this.#sealer = sealer;
    this.#trace = trace;
  }

  /** For results added after this. */
  setNow(now: Micros): void {
    this.#template.setNow(now);
  }

  /** Copies the values, which may contain any bytes. */
  add(outcome: CheckOutcome): void {
    const text = this.#template.print(outcome);
    this.#trace?.(traceText(this.#queue, text));
    if (this.#sealer !== undefined) {
      this.#delivery.add({ function: this.#queue, data: this.#sealer.seal(text) });
      return;
    }
    const { buffer, at } = this.#room(text.length);
    buffer.set(text, at);
    this.#batch.end(at + text.length);
  }

  /** Copies the values, which must contain neither LF nor NUL. */
  addPlain(outcome: CheckOutcome): void {
    if (this.#trace === undefined && this.#sealer === undefined) this.#template.write(outcome, this.#batch);
    else this.add(outcome);
  }

  flush(): void {
    for (const data of this.#batch.seal()) this.#delivery.add({ function: this.#queue, data });
  }

  #room(bytes: number): SealBatch {
    this.#batch.reserve(bytes);
    return this.#batch;
  }
}
