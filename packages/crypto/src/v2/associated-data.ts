import { type Direction, directionByte, HEADER_BYTES } from "./header.ts";

/** What is authenticated besides the text. Only tests of attacks use another one. */
export type AssociatedData = (direction: Direction, queue: Buffer, message: Buffer) => Buffer;

const NONCE_BYTES = 12;
const COUNTER_AT = 28;
const COUNTER_BYTES = 6;

/**
 * Direction as the receiver expects it, length of the queue's name in two bytes, the name, and the header: `message` begins
 * with it. Source: envelope-v2.md 5. Internal to the package.
 */
export const associatedData: AssociatedData = (direction, queue, message) => {
  const data = Buffer.allocUnsafe(3 + queue.length + HEADER_BYTES);
  data[0] = directionByte(direction);
  data.writeUInt16BE(queue.length, 1);
  data.set(queue, 3);
  message.copy(data, 3 + queue.length, 0, HEADER_BYTES);
  return data;
};

/** The same for all messages, as a cipher copies it. */
const nonce = Buffer.alloc(NONCE_BYTES);

/**
 * Six zero bytes and the counter: unique, as each run has a key of its own. The buffer is valid until the next call. Internal to
 * the package.
 */
export function nonceOf(message: Buffer): Buffer {
  message.copy(nonce, NONCE_BYTES - COUNTER_BYTES, COUNTER_AT, COUNTER_AT + COUNTER_BYTES);
  return nonce;
}
