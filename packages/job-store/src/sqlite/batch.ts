import type { Change } from "../stored-job.ts";
import { idOf, priorityOf } from "../stored-job.ts";

/**
 * The changes of a transaction as one buffer, so that they cross to the thread without being cloned one by one. Each: kind
 * u8 (0 remove, 1 add), priority u8, bytes of function u16, of key u16, of the workload u32, time f64, then those
 * bytes.
 */
const HEADER_BYTES = 18;
const REMOVE = 0;
const ADD = 1;
const EMPTY = Buffer.alloc(0);

export function encodeBatch(changes: readonly Change[]): Uint8Array<ArrayBuffer> {
  let bytes = 0;
  for (const change of changes) bytes += bytesOf(change);
  const buffer = Buffer.from(new ArrayBuffer(bytes));
  let at = 0;
  for (const change of changes) at = writeChange(buffer, at, change);
  return buffer;
}

function bytesOf(change: Change): number {
  const { function: name, key } = idOf(change);
  return HEADER_BYTES + name.length + key.length + ("add" in change ? change.add.data.length : 0);
}

function writeChange(buffer: Buffer, start: number, change: Change): number {
  const { function: name, key } = idOf(change);
  const add = "add" in change ? change.add : undefined;
  const data = add?.data ?? EMPTY;
  let at = start;
  buffer[at] = add === undefined ? REMOVE : ADD;
  buffer[at + 1] = add?.priority ?? 0;
  buffer.writeUInt16BE(name.length, at + 2);
  buffer.writeUInt16BE(key.length, at + 4);
  buffer.writeUInt32BE(data.length, at + 6);
  buffer.writeDoubleBE(add?.whenSeconds ?? 0, at + 10);
  at += HEADER_BYTES;
  at += buffer.write(name, at, "latin1");
  at += buffer.write(key, at, "latin1");
  buffer.set(data, at);
  return at + data.length;
}

/** A change in the thread; buffers are views of the batch. */
export interface RawChange {
  readonly isAdd: boolean;
  readonly priority: 0 | 1 | 2;
  readonly whenSeconds: number;
  readonly function: Buffer;
  readonly key: Buffer;
  readonly data: Buffer;
}

export function* decodeBatch(bytes: Uint8Array): Generator<RawChange, void, void> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < buffer.length; ) {
    const nameAt = at + HEADER_BYTES;
    const keyAt = nameAt + buffer.readUInt16BE(at + 2);
    const dataAt = keyAt + buffer.readUInt16BE(at + 4);
    const end = dataAt + buffer.readUInt32BE(at + 6);
    yield {
      isAdd: buffer[at] === ADD,
      priority: priorityOf(buffer[at + 1] ?? 0),
      whenSeconds: buffer.readDoubleBE(at + 10),
      function: buffer.subarray(nameAt, keyAt),
      key: buffer.subarray(keyAt, dataAt),
      data: buffer.subarray(dataAt, end),
    };
    at = end;
  }
}
