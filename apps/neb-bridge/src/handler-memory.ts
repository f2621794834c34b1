import { hash } from "node:crypto";

import type { OnceEvent } from "./jobs.ts";

interface Known {
  /** The connection of the core on which it arrived. */
  readonly connection: symbol;
  readonly handedOver: Promise<void>;
}

/** Length of an absent field. */
const NONE = 0xffff_ffff;
const NOTHING = Buffer.alloc(0);

function identityOf(event: OnceEvent): string {
  const contact = event.name === "NOTIFICATION" ? event.contact : undefined;
  const texts = [event.host_name, event.service_description, contact];
  const head = Buffer.alloc(8 + 4 * texts.length);
  head.writeBigInt64BE(event.core_time);
  texts.forEach((text, index) => {
    head.writeUInt32BE(text?.length ?? NONE, 8 + 4 * index);
  });
  const whole = Buffer.concat([head, ...texts.map((text) => text ?? NOTHING), event.command_line]);
  return hash("sha256", whole, "base64");
}

/**
 * Recognises event handlers and notifications that the shim repeats on a new connection because their answer had not
 * arrived before the previous one ended. Such an event has the same object, contact, command line and microsecond.
 * Without this it would run twice.
 */
export class HandlerMemory {
  readonly #maxEvents: number;
  readonly #known = new Map<string, Known>();

  /**
   * @param maxEvents limit, above which the oldest are dropped; at least the number of events that may be unanswered
   */
  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  /** Calls `submit`, or, if the event has already arrived on another connection, follows that one. */
  async once(event: OnceEvent, connection: symbol, submit: () => Promise<void>): Promise<void> {
    const identity = identityOf(event);
    const former = this.#known.get(identity);
    if (former !== undefined && former.connection !== connection) {
      const done = await former.handedOver.then(
        () => true,
        () => false,
      );
      if (done) {
        this.#remember(identity, { connection, handedOver: former.handedOver });
        return;
      }
    }
    const handedOver = submit();
    this.#remember(identity, { connection, handedOver });
    await handedOver;
  }

  #remember(identity: string, known: Known): void {
    this.#known.delete(identity);
    this.#known.set(identity, known);
    if (this.#known.size <= this.#maxEvents) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
