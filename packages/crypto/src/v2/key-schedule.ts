import type { KeyObject } from "node:crypto";
import { nodeCrypto } from "../node-crypto.ts";
import { BOOT_ID_BYTES, type Direction, KEY_ID_BYTES, MAX_EPOCH } from "./header.ts";

/** Of each secret: the master secret, what is derived from it, and tickets. */
export const SECRET_BYTES = 32;
/** Of the name of a queue. Source: wire-format.md 5.2. Internal to the package. */
export const MAX_QUEUE_BYTES = 511;
const HASH = "sha256";
/** Internal to the package, as the three functions below. */
export const SALT = Buffer.from("mod-gearman envelope v2", "latin1");

/** A key that messages of one direction are sealed and opened with. Make it once and keep it. */
export interface EnvelopeKey {
  readonly direction: Direction;
  /** 0 for tickets. */
  readonly epoch: number;
  /** 8 bytes. */
  readonly id: Buffer;
  /** The same as latin1, to look up what belongs to it. */
  readonly idText: string;
  readonly secret: KeyObject;
}

/** Label, NUL, then each field with its length in two bytes in front. */
export function infoOf(label: string, fields: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`${label}\0`, "latin1")];
  for (const field of fields) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(field.length);
    parts.push(length, field);
  }
  return Buffer.concat(parts);
}

export function derive(from: Buffer | KeyObject, salt: Buffer, info: Buffer, bytes: number): Buffer {
  return Buffer.from(nodeCrypto().hkdfSync(HASH, from, salt, info, bytes));
}

function epochBytes(epoch: number): Buffer {
  if (!Number.isInteger(epoch) || epoch < 1 || epoch > MAX_EPOCH) throw new RangeError("epoch: 1 to 65535");
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(epoch);
  return bytes;
}

export function mustBe(what: string, bytes: Buffer, length: number): Buffer {
  if (bytes.length !== length) throw new RangeError(`${what}: ${length} bytes`);
  return bytes;
}

/**
 * The secret of a queue's jobs in an epoch, 32 bytes: known to bridge and workers of the queue. Source: envelope-v2.md 4.
 *
 * @throws RangeError for a master that is not of 32 bytes, a queue of 0 or more than 511 bytes, an epoch not of 1 to 65535
 */
export function jobSecret(master: Buffer, queue: Buffer, epoch: number): Buffer {
  mustBe("master secret", master, SECRET_BYTES);
  if (queue.length === 0 || queue.length > MAX_QUEUE_BYTES) throw new RangeError("queue: 1 to 511 bytes");
  return derive(master, SALT, infoOf("job key", [epochBytes(epoch), queue]), SECRET_BYTES);
}

/** What ids of jobs are proven with, 32 bytes: known to the bridge only. Source: envelope-v2.md 4. Internal to the package. */
export function jobIdSecret(master: Buffer): Buffer {
  return derive(mustBe("master secret", master, SECRET_BYTES), SALT, infoOf("job id key", []), SECRET_BYTES);
}

/**
 * The secret of a worker's results or of a passive sender in an epoch, 32 bytes: known to it and the bridge.
 * Source: envelope-v2.md 4.
 *
 * @param id of {@link identityId}
 * @throws RangeError as {@link jobSecret}
 */
export function identitySecret(
  master: Buffer,
  direction: "result" | "passive",
  id: Buffer,
  epoch: number,
): Buffer {
  mustBe("master secret", master, SECRET_BYTES);
  mustBe("identity", id, KEY_ID_BYTES);
  return derive(master, SALT, infoOf(`${direction} key`, [epochBytes(epoch), id]), SECRET_BYTES);
}

/** The 8 bytes that stand for the name of a worker or sender in headers. Source: envelope-v2.md 4. */
export function identityId(name: Buffer): Buffer {
  const digest = nodeCrypto()
    .createHash(HASH)
    .update(infoOf("identity", [name]))
    .digest();
  return digest.subarray(0, KEY_ID_BYTES);
}

/** The 8 bytes that stand for a secret without an owner, that of a queue or ticket, in headers. Source: envelope-v2.md 4. */
export function secretId(secret: Buffer): Buffer {
  return derive(mustBe("secret", secret, SECRET_BYTES), SALT, infoOf("key id", []), KEY_ID_BYTES);
}

/**
 * A key from its secret, which is copied. `id` is absent for queues and tickets, which have that of {@link secretId}.
 *
 * @throws RangeError for a secret not of 32 or an id not of 8 bytes, or an epoch not of 0 to 65535
 */
export function envelopeKey(options: {
  direction: Direction;
  epoch: number;
  secret: Buffer;
  id?: Buffer;
}): EnvelopeKey {
  const { direction, epoch, secret, id = secretId(secret) } = options;
  if (epoch !== 0) epochBytes(epoch);
  return {
    direction,
    epoch,
    id: Buffer.from(mustBe("key id", id, KEY_ID_BYTES)),
    idText: id.toString("latin1"),
    secret: nodeCrypto().createSecretKey(mustBe("secret", secret, SECRET_BYTES)),
  };
}

/**
 * The key that the messages of one run are ciphered with, 32 bytes, so that each run may count from 1. Takes some 10 µs.
 * Source: envelope-v2.md 4. Internal to the package.
 */
export function messageKey(key: EnvelopeKey, bootId: Buffer): Buffer {
  return derive(
    key.secret,
    mustBe("boot id", bootId, BOOT_ID_BYTES),
    infoOf("message key", []),
    SECRET_BYTES,
  );
}
