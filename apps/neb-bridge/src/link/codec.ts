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

/** Largest body accepted by either side: 16 MiB (docs/bridge-protocol.md, "Frame"). */
const MAX_BODY_BYTES = 16_777_216;

/** Limit of fields of a message, members of lists included (docs/bridge-protocol.md, "Frame"). */
const MAX_FIELDS = 16_384;

type Values = Record<string, unknown>;
type Row = { readonly name: FieldName; readonly kind: FieldKind };

const fieldById = new Map<number, Row>(
  Object.entries(fieldTable).map(([name, [id, kind]]) => [id, { name: name as FieldName, kind }]),
);
const messageByType = new Map<number, MessageName>(
  Object.entries(messageTable).map(([name, { type }]) => [type, name as MessageName]),
);

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

const isBytes = (kind: FieldKind): boolean => kind === "bytes" || kind === "list" || kind === "id";

function writeValue(target: Buffer, at: number, kind: FieldKind, value: unknown): void {
  if (kind === "u32") target.writeUInt32BE(value as number, at);
  else if (kind === "i32") target.writeInt32BE(value as number, at);
  else if (isBytes(kind)) (value as Buffer).copy(target, at);
  else target.writeBigInt64BE(value as bigint, at);
}

function readValue(kind: FieldKind, bytes: Buffer): unknown {
  if (kind === "u32") return bytes.readUInt32BE(0);
  if (kind === "i32") return bytes.readInt32BE(0);
  if (isBytes(kind)) return bytes;
  return bytes.readBigInt64BE(0);
}

interface Piece {
  readonly id: number;
  readonly kind: FieldKind;
  readonly value: unknown;
  readonly bytes: number;
}

function pieceOf(name: string, value: unknown): Piece[] {
  const row = fieldTable[name as FieldName];
  const [id, kind] = row;
  const values = kind === "list" ? (value as readonly Buffer[]) : [value];
  return values.map((one) => ({ id, kind, value: one, bytes: fixedBytes[kind] ?? (one as Buffer).length }));
}

/**
 * One message as a whole frame, fields in the given order.
 *
 * @throws LinkError BODY_TOO_LARGE if the body would exceed {@link MAX_BODY_BYTES}
 */
export function encodeMessage(message: Message): Buffer {
  const pieces = Object.entries(message)
    .filter(([name, value]) => name !== "name" && value !== undefined)
    .flatMap(([name, value]) => pieceOf(name, value));
  const bodyBytes = pieces.reduce((sum, piece) => sum + FIELD_HEADER_BYTES + piece.bytes, 0);
  if (bodyBytes > MAX_BODY_BYTES)
    throw new LinkError("BODY_TOO_LARGE", `${message.name} of ${bodyBytes} bytes`);
  const frame = Buffer.alloc(HEADER_BYTES + bodyBytes);
  frame.writeUInt32BE(bodyBytes, 0);
  frame.writeUInt8(messageTable[message.name].type, 4);
  let at = HEADER_BYTES;
  for (const piece of pieces) {
    frame.writeUInt16BE(piece.id, at);
    frame.writeUInt32BE(piece.bytes, at + 2);
    writeValue(frame, at + FIELD_HEADER_BYTES, piece.kind, piece.value);
    at += FIELD_HEADER_BYTES + piece.bytes;
  }
  return frame;
}

function addValue(values: Values, { name, kind }: Row, value: unknown): void {
  const before = values[name];
  if (kind !== "list") values[name] = value;
  else if (before === undefined) values[name] = [value];
  else (before as unknown[]).push(value);
}

function readFields(body: Buffer): Values {
  const values: Values = {};
  let at = 0;
  let fields = 0;
  while (at < body.length) {
    fields += 1;
    if (fields > MAX_FIELDS) throw new LinkError("TOO_MANY_FIELDS", `more than ${MAX_FIELDS} fields`);
    if (body.length - at < FIELD_HEADER_BYTES) throw new LinkError("BAD_FIELD", "cut field header");
    const id = body.readUInt16BE(at);
    const bytes = body.readUInt32BE(at + 2);
    const start = at + FIELD_HEADER_BYTES;
    if (bytes > body.length - start) throw new LinkError("BAD_FIELD", `field ${id} leaves its body`);
    at = start + bytes;
    const row = fieldById.get(id);
    if (row === undefined) continue; // a newer peer may send additional ones
    const fixed = fixedBytes[row.kind];
    if (fixed !== undefined && fixed !== bytes)
      throw new LinkError("BAD_FIELD", `${row.name} of ${bytes} bytes`);
    addValue(values, row, readValue(row.kind, body.subarray(start, at)));
  }
  return values;
}

function decodeBody(name: MessageName, body: Buffer): Message {
  const values = readFields(body);
  const { needs, may } = messageTable[name];
  const message: Values = { name };
  for (const field of needs) {
    if (values[field] === undefined) throw new LinkError("MISSING_FIELD", `${name} without ${field}`);
    message[field] = values[field];
  }
  for (const field of may) if (values[field] !== undefined) message[field] = values[field];
  return message as unknown as Message;
}

/** Splits a byte stream into messages. Messages of unknown type are counted in `skipped` and dropped. */
export class MessageDecoder {
  #held: Buffer[] = [];
  #heldBytes = 0;
  #wantBytes = HEADER_BYTES;
  skipped = 0;

  /** @throws LinkError BODY_TOO_LARGE, BAD_HEADER, BAD_FIELD, TOO_MANY_FIELDS, MISSING_FIELD; drop the decoder along with its connection. */
  push(chunk: Buffer): Message[] {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes < this.#wantBytes) return [];
    let rest = this.#held.length === 1 ? chunk : Buffer.concat(this.#held, this.#heldBytes);
    const messages: Message[] = [];
    while (rest.length >= HEADER_BYTES) {
      const frameBytes = HEADER_BYTES + bodyBytes(rest);
      this.#wantBytes = frameBytes;
      if (rest.length < frameBytes) break;
      const name = messageByType.get(rest.readUInt8(4));
      if (name === undefined) this.skipped += 1;
      else messages.push(decodeBody(name, rest.subarray(HEADER_BYTES, frameBytes)));
      rest = rest.subarray(frameBytes);
      this.#wantBytes = HEADER_BYTES;
    }
    this.#held = rest.length > 0 ? [rest] : [];
    this.#heldBytes = rest.length;
    return messages;
  }
}

function bodyBytes(header: Buffer): number {
  const bytes = header.readUInt32BE(0);
  if (bytes > MAX_BODY_BYTES) throw new LinkError("BODY_TOO_LARGE", `${bytes} bytes announced`);
  if (header.readUIntBE(5, 3) !== 0) throw new LinkError("BAD_HEADER", "reserved bytes are not zero");
  return bytes;
}
