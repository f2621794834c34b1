import { hash } from "node:crypto";

import type { Message } from "./link/fields.ts";

type HandlerEvent = Message<"EVENT_HANDLER">;

interface Known {
  /** Connection of the core that brought it. */
  readonly connection: symbol;
  readonly handedOver: Promise<void>;
}

function identityOf(event: HandlerEvent): string {
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(event.host_name.length, 0);
  lengths.writeUInt32BE(event.service_description?.length ?? 0xffff_ffff, 4);
  const time = Buffer.alloc(8);
  time.writeBigInt64BE(event.core_time);
  const service = event.service_description ?? Buffer.alloc(0);
  const whole = Buffer.concat([lengths, time, event.host_name, service, event.command_line]);
  return hash("sha256", whole, "base64");
}

/**
 * Recognises event handlers that the shim repeats on a new connection because the answer to them, or the job server,
 * had not come before the former one ended. Such an event has the object, command line and microsecond of
 * the first. Without this a handler would run twice.
 */
export class HandlerMemory {
  readonly #maxEvents: number;
  readonly #known = new Map<string, Known>();

  /** @param maxEvents the oldest beyond these are forgotten; at least as many as may be unanswered */
  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  /** Hands over with `submit`, or, where another connection brought the event already, follows that one. */
  async once(event: HandlerEvent, connection: symbol, submit: () => Promise<void>): Promise<void> {
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
