import { createCipheriv, createDecipheriv, createHash, hkdfSync } from "node:crypto";

/* Both forms of payloads, written once more from docs/spec, apart from packages/crypto: what an attacker could write too. */

type Direction = "job" | "result" | "passive";

/** A key with the id and epoch that messages under it have in their headers. */
export interface SealingKey {
  readonly direction: Direction;
  readonly epoch: number;
  readonly id: Buffer;
  readonly secret: Buffer;
}

export interface Sealing {
  readonly queue: string;
  /** Of one run of a program. */
  readonly boot: Buffer;
  readonly counter: number;
  readonly timeMs: number;
}

const SALT = Buffer.from("mod-gearman envelope v2");
const NUMBERS: Readonly<Record<Direction, number>> = { job: 1, result: 2, passive: 3 };
const HEADER_BYTES = 40;
const TAG_BYTES = 16;
const BLOCK = 16;

function hkdf(secret: Buffer, salt: Buffer, info: Buffer, bytes: number): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, info, bytes));
}

/** A label, NUL, and each field behind its length. Source: envelope-v2.md 4. */
function infoOf(label: string, ...fields: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(`${label}\0`), ...fields.flatMap((field) => [u16(field.length), field])]);
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

/** The key of a queue's jobs. */
export function jobKey(master: Buffer, queue: string, epoch: number): SealingKey {
  const secret = hkdf(master, SALT, infoOf("job key", u16(epoch), Buffer.from(queue)), 32);
  return { direction: "job", epoch, secret, id: hkdf(secret, SALT, infoOf("key id"), 8) };
}

/** The own key of a worker or sender. */
export function ownKey(
  master: Buffer,
  direction: "result" | "passive",
  name: string,
  epoch: number,
): SealingKey {
  const digest = createHash("sha256").update(infoOf("identity", Buffer.from(name)));
  const id = digest.digest().subarray(0, 8);
  return {
    direction,
    epoch,
    id,
    secret: hkdf(master, SALT, infoOf(`${direction} key`, u16(epoch), id), 32),
  };
}

/** A message of version 2. Source: envelope-v2.md 2, 5. */
export function seal(key: SealingKey, text: string, { queue, boot, counter, timeMs }: Sealing): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.set([0xb2, NUMBERS[key.direction]]);
  header.writeUInt16BE(key.epoch, 2);
  key.id.copy(header, 4);
  boot.copy(header, 12);
  header.writeUIntBE(counter, 28, 6);
  header.writeUIntBE(timeMs, 34, 6);
  const cipher = createCipheriv(
    "aes-256-gcm",
    hkdf(key.secret, boot, infoOf("message key"), 32),
    nonce(header),
  );
  cipher.setAAD(associated(key.direction, queue, header));
  return Buffer.concat([header, cipher.update(text, "latin1"), cipher.final(), cipher.getAuthTag()]);
}

/** The text of a message of version 2. @throws Error for one that is not authentic */
export function open(key: SealingKey, message: Buffer, queue: string): string {
  const header = message.subarray(0, HEADER_BYTES);
  const secret = hkdf(key.secret, header.subarray(12, 28), infoOf("message key"), 32);
  const decipher = createDecipheriv("aes-256-gcm", secret, nonce(header), { authTagLength: TAG_BYTES });
  decipher.setAAD(associated(key.direction, queue, header));
  decipher.setAuthTag(message.subarray(-TAG_BYTES));
  const text = decipher.update(message.subarray(HEADER_BYTES, -TAG_BYTES));
  return Buffer.concat([text, decipher.final()]).toString("latin1");
}

function nonce(header: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(6), header.subarray(28, 34)]);
}

function associated(direction: Direction, queue: string, header: Buffer): Buffer {
  return Buffer.concat([Buffer.from([NUMBERS[direction]]), u16(queue.length), Buffer.from(queue), header]);
}

/** Bytes of a payload in the legacy form before base64. Source: wire-format.md 2. */
export function legacyBytes(key: string, text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  const filled = Buffer.concat([bytes, Buffer.alloc(BLOCK - (bytes.length % BLOCK))]);
  const cipher = createCipheriv("aes-256-ecb", passwordOf(key), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(filled), cipher.final()]);
}

export function openLegacy(key: string, payload: Buffer): string {
  const decipher = createDecipheriv("aes-256-ecb", passwordOf(key), null).setAutoPadding(false);
  const text = Buffer.concat([
    decipher.update(Buffer.from(payload.toString("latin1"), "base64")),
    decipher.final(),
  ]);
  return text.toString("latin1").replace(/\0+$/, "");
}

export const base64 = (bytes: Buffer): Buffer => Buffer.from(bytes.toString("base64"), "latin1");

function passwordOf(key: string): Buffer {
  const password = Buffer.alloc(32);
  password.write(key, "latin1");
  return password;
}
