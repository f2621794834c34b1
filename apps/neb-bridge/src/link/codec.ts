import { LinkError } from "./errors.ts";
import {
  type FieldKind,
  type FieldName,
  fieldTable,
  type Message,
  type MessageName,
  messageTable,
} from "./fields.ts";

const HEADER_BYTES = 8;
const FIELD_HEADER_BYTES = 6;
const CHUNK_BYTES = 64 * 1024;
const SINGLE_BYTES = 256;
const GROWTH = 1.25;
const TWO_32 = 0x1_0000_0000;

/** Largest body accepted by either side: 16 MiB (docs/bridge-protocol.md, "Frame"). */
const MAX_BODY_BYTES = 16_777_216;

/** Limit of fields of a message, members of lists included (docs/bridge-protocol.md, "Frame"). */
const MAX_FIELDS = 16_384;

type Values = Record<string, unknown>;
interface Row {
  readonly id: number;
  readonly name: FieldName;
  readonly kind: FieldKind;
  /** Size of every value of that kind. */
  readonly fixedBytes: number | undefined;
}
interface Layout {
  readonly name: MessageName;
  readonly needs: readonly Row[];
  readonly may: readonly Row[];
}

const fixedBytes: Record<FieldKind, number | undefined> = {
  bytes: undefined,
  list: undefined,
  id: 16,
  u32: 4,
  i32: 4,
  i64: 8,
  time: 8,
  span: 8,
};

const rowByName = new Map<string, Row>();
/** By field id. */
const rows: (Row | undefined)[] = [];
for (const [name, [id, kind]] of Object.entries(fieldTable)) {
  const row: Row = { id, name: name as FieldName, kind, fixedBytes: fixedBytes[kind] };
  rowByName.set(name, row);
  rows[id] = row;
}
const rowOf = (name: FieldName): Row => rowByName.get(name) as Row;

/** By message type. */
const layouts: (Layout | undefined)[] = [];
for (const [name, { type, needs, may }] of Object.entries(messageTable))
  layouts[type] = { name: name as MessageName, needs: needs.map(rowOf), may: may.map(rowOf) };

/** As `writeBigInt64BE`, which does arithmetic with large integers, for the numbers that occur. */
function writeInteger(target: Buffer, at: number, value: bigint): void {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    target.writeBigInt64BE(value, at);
    return;
  }
  const high = Math.floor(number / TWO_32);
  target.writeInt32BE(high, at);
  target.writeUInt32BE(number - high * TWO_32, at + 4);
}

/** As `readBigInt64BE`. */
function readInteger(bytes: Buffer, at: number): bigint {
  const number = bytes.readInt32BE(at) * TWO_32 + bytes.readUInt32BE(at + 4);
  return Number.isSafeInteger(number) ? BigInt(number) : bytes.readBigInt64BE(at);
}

/**
 * Writes messages as whole frames one after the other, fields in the order of the object, into shared buffers. Written
 * bytes never change, so that a socket may hold them.
 */
export class MessageEncoder {
  readonly #chunkBytes: number;
  #open: Buffer = Buffer.alloc(0);
  #start = 0;
  #at = 0;

  /** @param chunkBytes smallest buffer that is allocated */
  constructor(chunkBytes: number = CHUNK_BYTES) {
    this.#chunkBytes = chunkBytes;
  }

  /** Bytes added since the last {@link take}. */
  get length(): number {
    return this.#at - this.#start;
  }

  /**
   * @throws LinkError BODY_TOO_LARGE if the body would exceed {@link MAX_BODY_BYTES}; RangeError for a number that does
   * not fit its field. Nothing is added then
   */
  add(message: Message): void {
    const start = this.length; // the buffer may be replaced while fields are added
    try {
      this.#reserve(HEADER_BYTES);
      this.#at += HEADER_BYTES;
      const values = message as unknown as Values;
      for (const name in values)
        if (name !== "name" && values[name] !== undefined)
          this.#addField(rowOf(name as FieldName), values[name]);
      const bodyBytes = this.length - start - HEADER_BYTES;
      if (bodyBytes > MAX_BODY_BYTES)
        throw new LinkError("BODY_TOO_LARGE", `${message.name} of ${bodyBytes} bytes`);
      const at = this.#start + start;
      this.#open.writeUInt32BE(bodyBytes, at);
      this.#open.writeUInt32BE(messageTable[message.name].type * 0x100_0000, at + 4);
    } catch (error) {
      this.#at = this.#start + start;
      throw error;
    }
  }

  /** Returns and forgets the frames added so far. */
  take(): Buffer {
    const frames = this.#open.subarray(this.#start, this.#at);
    this.#start = this.#at;
    return frames;
  }

  #addField(row: Row, value: unknown): void {
    if (row.kind !== "list") this.#addValue(row, value);
    else for (const one of value as readonly Buffer[]) this.#addValue(row, one);
  }

  #addValue({ id, kind, fixedBytes: size }: Row, value: unknown): void {
    const bytes = size ?? (value as Buffer).length;
    this.#reserve(FIELD_HEADER_BYTES + bytes);
    const open = this.#open;
    const at = this.#at;
    open.writeUInt16BE(id, at);
    open.writeUInt32BE(bytes, at + 2);
    const valueAt = at + FIELD_HEADER_BYTES;
    if (kind === "u32") open.writeUInt32BE(value as number, valueAt);
    else if (kind === "i32") open.writeInt32BE(value as number, valueAt);
    else if (kind === "bytes" || kind === "list" || kind === "id") open.set(value as Buffer, valueAt);
    else writeInteger(open, valueAt, value as bigint);
    this.#at = valueAt + bytes;
  }

  /** A new buffer gets what has not been taken of the old one. */
  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#open.length) return;
    const held = this.#open.subarray(this.#start, this.#at);
    const needed = held.length + bytes;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#chunkBytes, Math.ceil(needed * GROWTH)));
    larger.set(held);
    this.#open = larger;
    this.#start = 0;
    this.#at = held.length;
  }
}

/** One message as a frame of its own, see {@link MessageEncoder.add}. */
export function encodeMessage(message: Message): Buffer {
  const encoder = new MessageEncoder(SINGLE_BYTES);
  encoder.add(message);
  return encoder.take();
}

function readValue(kind: FieldKind, bytes: Buffer, at: number, end: number): unknown {
  if (kind === "u32") return bytes.readUInt32BE(at);
  if (kind === "i32") return bytes.readInt32BE(at);
  if (kind === "bytes" || kind === "list" || kind === "id") return bytes.subarray(at, end);
  return readInteger(bytes, at);
}

/** Splits a byte stream into messages. Messages of unknown type are counted in `skipped` and dropped. */
export class MessageDecoder {
  #held: Buffer[] = [];
  #heldBytes = 0;
  #wantBytes = HEADER_BYTES;
  /** Values of the message being read, by field id. */
  readonly #values: unknown[] = new Array<unknown>(rows.length).fill(undefined);
  skipped = 0;

  /** @throws LinkError BODY_TOO_LARGE, BAD_HEADER, BAD_FIELD, TOO_MANY_FIELDS, MISSING_FIELD; drop the decoder along with its connection. */
  push(chunk: Buffer): Message[] {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes < this.#wantBytes) return [];
    const bytes = this.#held.length === 1 ? chunk : Buffer.concat(this.#held, this.#heldBytes);
    const messages: Message[] = [];
    let at = 0;
    this.#wantBytes = HEADER_BYTES;
    while (bytes.length - at >= HEADER_BYTES) {
      const bodyAt = at + HEADER_BYTES;
      const end = bodyAt + bodyBytes(bytes, at);
      if (end > bytes.length) {
        this.#wantBytes = end - at;
        break;
      }
      const layout = layouts[bytes[at + 4] ?? 0];
      if (layout === undefined) this.skipped += 1;
      else messages.push(this.#message(layout, bytes, bodyAt, end));
      at = end;
    }
    this.#held = at < bytes.length ? [bytes.subarray(at)] : [];
    this.#heldBytes = bytes.length - at;
    return messages;
  }

  #message(layout: Layout, bytes: Buffer, bodyAt: number, end: number): Message {
    this.#readFields(bytes, bodyAt, end);
    const message: Values = { name: layout.name };
    for (const { id, name } of layout.needs) {
      const value = this.#values[id];
      if (value === undefined) throw new LinkError("MISSING_FIELD", `${layout.name} without ${name}`);
      message[name] = value;
    }
    for (const { id, name } of layout.may) {
      const value = this.#values[id];
      if (value !== undefined) message[name] = value;
    }
    return message as unknown as Message;
  }

  #readFields(bytes: Buffer, bodyAt: number, bodyEnd: number): void {
    this.#values.fill(undefined);
    let fields = 0;
    for (let at = bodyAt, end = at; at < bodyEnd; at = end) {
      fields += 1;
      if (fields > MAX_FIELDS) throw new LinkError("TOO_MANY_FIELDS", `more than ${MAX_FIELDS} fields`);
      const start = at + FIELD_HEADER_BYTES;
      if (start > bodyEnd) throw new LinkError("BAD_FIELD", "cut field header");
      const id = bytes.readUInt16BE(at);
      const size = bytes.readUInt32BE(at + 2);
      if (size > bodyEnd - start) throw new LinkError("BAD_FIELD", `field ${id} leaves its body`);
      end = start + size;
      const row = rows[id];
      if (row === undefined) continue; // a newer peer may send additional ones
      if (row.fixedBytes !== undefined && row.fixedBytes !== size)
        throw new LinkError("BAD_FIELD", `${row.name} of ${size} bytes`);
      this.#put(row, readValue(row.kind, bytes, start, end));
    }
  }

  #put({ id, kind }: Row, value: unknown): void {
    const values = this.#values;
    if (kind !== "list") values[id] = value;
    else if (values[id] === undefined) values[id] = [value];
    else (values[id] as unknown[]).push(value);
  }
}

function bodyBytes(bytes: Buffer, at: number): number {
  const size = bytes.readUInt32BE(at);
  if (size > MAX_BODY_BYTES) throw new LinkError("BODY_TOO_LARGE", `${size} bytes announced`);
  if (bytes.readUInt32BE(at + 4) % 0x100_0000 !== 0)
    throw new LinkError("BAD_HEADER", "reserved bytes are not zero");
  return size;
}
