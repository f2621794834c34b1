import { Fifo } from "@mod-gearman/base";
import { PacketType } from "@mod-gearman/protocol";
import type { Send } from "./core/entities.ts";

/** Answers of one peer that may wait for the store; then its next requests wait. */
const MANY = 16_384;
const PACKET_BYTES = 64; // what a waiting packet costs besides its body

/** A packet for a peer; `head` is undefined while it waits for the store. */
interface HeldPacket {
  type: number;
  head: string | undefined;
  readonly data: Buffer | undefined;
}

/** Fills in an answer whose place has been reserved. */
export type Answer = (type: number, head: string) => void;

/**
 * Keeps the packets for one peer in order while some of its answers wait for the store: peers take the next answer for
 * that of their oldest request (job-server.md 1.1). Only a NOOP, which answers nothing, does not wait.
 */
export class OrderedAnswers {
  readonly #send: Send;
  readonly #maxBytes: number;
  readonly #onSent: () => void;
  readonly #onOverflow: () => void;
  readonly #held = new Fifo<HeldPacket>();
  #bytes = 0;

  /**
   * @param options `onSent`: nothing waits any more. `onOverflow`: more than `maxBytes` wait for the store, so that packets
   * are lost from now on
   */
  constructor(send: Send, options: { maxBytes: number; onSent: () => void; onOverflow: () => void }) {
    this.#send = send;
    this.#maxBytes = options.maxBytes;
    this.#onSent = options.onSent;
    this.#onOverflow = options.onOverflow;
  }

  get isWaiting(): boolean {
    return this.#held.length > 0;
  }

  get areMany(): boolean {
    return this.#held.length >= MANY;
  }

  readonly send: Send = (type, head, data, at = 0, dataBytes = data?.length ?? 0) => {
    if (this.#held.length === 0 || type === PacketType.NOOP) {
      this.#send(type, head, data, at, dataBytes);
      return;
    }
    const bytes = PACKET_BYTES + head.length + dataBytes;
    if (this.#bytes + bytes > this.#maxBytes) {
      this.#onOverflow();
      return;
    }
    this.#bytes += bytes;
    // it may be a view of the read buffer
    this.#held.push({ type, head, data: data && Buffer.from(data.subarray(at, at + dataBytes)) });
  };

  /** Reserves the next place; packets after it wait until the function is called. */
  reserve(): Answer {
    const packet: HeldPacket = { type: 0, head: undefined, data: undefined };
    this.#held.push(packet);
    return (type, head) => {
      packet.type = type;
      packet.head = head;
      if (this.#held.first === packet) this.#sendReady();
    };
  }

  #sendReady(): void {
    for (let next = this.#held.first; next?.head !== undefined; next = this.#held.first) {
      this.#held.shift();
      this.#send(next.type, next.head, next.data);
    }
    if (this.#held.length > 0) return;
    this.#bytes = 0;
    this.#onSent();
  }
}
