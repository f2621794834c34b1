/**
 * First byte of each sealed message of version 2. No legacy payload begins with it: base64, white space, status words are
 * ASCII, and no text in UTF-8 begins with a continuation byte. Source: envelope-v2.md 2.
 */
const FIRST_BYTE = 0xb2;
/** Clear and authenticated. Source: envelope-v2.md 2. */
export const HEADER_BYTES = 40;
/** Of AES-GCM, whole. */
export const TAG_BYTES = 16;
/** What sealing adds to a text of any length. */
export const OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES;
export const KEY_ID_BYTES = 8;
export const BOOT_ID_BYTES = 16;
export const MAX_EPOCH = 0xffff;
/** Highest counter, and latest time in milliseconds since 1970. */
export const MAX_UINT48 = 2 ** 48 - 1;

const EPOCH_AT = 2;
const KEY_ID_AT = 4;
const BOOT_ID_AT = 12;
const COUNTER_AT = 28;
const TIME_AT = 34;
const UINT48_BYTES = 6;

/**
 * From whom to whom. `job`: bridge to the workers of a queue. `result`: worker to bridge. `passive`: sender to bridge.
 * `enrol-request`, `enrol-answer`: new machine to the enrolling program and back. `question`, `answer`: tool to bridge and back. Source: envelope-v2.md 3.
 */
export type Direction = keyof typeof DIRECTION_BYTES;

const DIRECTION_BYTES = {
  job: 0x01,
  result: 0x02,
  passive: 0x03,
  "enrol-request": 0x04,
  "enrol-answer": 0x05,
  question: 0x06,
  answer: 0x07,
} as const;

const directions = new Map<number | undefined, Direction>(
  Object.entries(DIRECTION_BYTES).map(([name, byte]) => [byte, name as Direction]),
);

/** The clear part of a message. Not to be trusted before the message has been opened. */
export interface EnvelopeHeader {
  readonly direction: Direction;
  /** Generation of the key, 1 to 65535; 0: the key has none (tickets). */
  readonly epoch: number;
  /** 8 bytes: which key, or whose. A view of the message. */
  readonly keyId: Buffer;
  /** 16 bytes, random, of one run of the sending program. A view of the message. */
  readonly bootId: Buffer;
  /** Number of the message in that run, from 1. */
  readonly counter: number;
  /** Time of sealing by the sender's clock, milliseconds since 1970. */
  readonly timeMs: number;
}

/** Whether this is a message of version 2, by its first byte. It may still be damaged. */
export function isSealedV2(payload: Buffer): boolean {
  return payload[0] === FIRST_BYTE;
}

/** The byte of a direction in header and associated data. Internal to the package. */
export function directionByte(direction: Direction): number {
  return DIRECTION_BYTES[direction];
}

/** Writes the header into the first 40 bytes of `message`. Internal to the package. */
export function writeHeader(message: Buffer, header: EnvelopeHeader): void {
  message[0] = FIRST_BYTE;
  message[1] = DIRECTION_BYTES[header.direction];
  message.writeUInt16BE(header.epoch, EPOCH_AT);
  message.set(header.keyId, KEY_ID_AT);
  message.set(header.bootId, BOOT_ID_AT);
  message.writeUIntBE(header.counter, COUNTER_AT, UINT48_BYTES);
  message.writeUIntBE(header.timeMs, TIME_AT, UINT48_BYTES);
}

/** The direction that a message names, which nothing proves; undefined if it is none. */
export function directionOf(message: Buffer): Direction | undefined {
  return directions.get(message[1]);
}

/**
 * The header of a message, for routing and logs; nothing in it is proven.
 *
 * @returns undefined if the message is not of version 2, is too short for an envelope, or names an unknown direction
 */
export function readHeader(message: Buffer): EnvelopeHeader | undefined {
  const direction = directionOf(message);
  if (!isSealedV2(message) || message.length < OVERHEAD_BYTES || direction === undefined) return undefined;
  return {
    direction,
    epoch: message.readUInt16BE(EPOCH_AT),
    keyId: message.subarray(KEY_ID_AT, BOOT_ID_AT),
    bootId: message.subarray(BOOT_ID_AT, COUNTER_AT),
    counter: message.readUIntBE(COUNTER_AT, UINT48_BYTES),
    timeMs: message.readUIntBE(TIME_AT, UINT48_BYTES),
  };
}

/** The header of a message from the same run under the same key as that of `known`, of which it has the ids. Internal to the package. */
export function nextHeader(known: EnvelopeHeader, message: Buffer): EnvelopeHeader {
  const { direction, epoch, keyId, bootId } = known;
  const counter = message.readUIntBE(COUNTER_AT, UINT48_BYTES);
  return { direction, epoch, keyId, bootId, counter, timeMs: message.readUIntBE(TIME_AT, UINT48_BYTES) };
}

/** Key id, epoch, direction and boot id as one text, to look up what belongs to them. Internal to the package. */
export function originOf(message: Buffer): string {
  return message.toString("latin1", 1, COUNTER_AT);
}

/** Whether two messages have the same {@link originOf}. Internal to the package. */
export function isSameOrigin(one: Buffer, other: Buffer): boolean {
  for (let at = 1; at < COUNTER_AT; at++) if (one[at] !== other[at]) return false;
  return true;
}
