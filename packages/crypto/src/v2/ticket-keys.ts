import type { KeyObject } from "node:crypto";
import { nodeCrypto } from "../node-crypto.ts";
import { derive, infoOf, mustBe, SALT, SECRET_BYTES } from "./key-schedule.ts";

/** Of X25519, RFC 7748. */
export const PUBLIC_KEY_BYTES = 32;
/** What the secret of a ticket is made from: the bridge keeps this, which is worth nothing without the master secret. */
export const TICKET_SEED_BYTES = 16;

/** RFC 8410: what stands in front of the 32 bytes of a key. */
const PRIVATE_START = Buffer.from("302e020100300506032b656e04220420", "hex");
const PUBLIC_START = Buffer.from("302a300506032b656e032100", "hex");

/**
 * The secret of a ticket, 32 bytes. Source: envelope-v2.md 11.
 *
 * @param seed 16 random bytes
 * @throws RangeError for bytes of another length
 */
export function ticketSecret(master: Buffer, seed: Buffer): Buffer {
  mustBe("master secret", master, SECRET_BYTES);
  return derive(master, SALT, infoOf("ticket", [mustBe("seed", seed, TICKET_SEED_BYTES)]), SECRET_BYTES);
}

/** One end of the agreement that keeps an answer secret from those who learn the ticket later. */
export interface AgreementKey {
  /** 32 bytes, for the other end. */
  readonly publicKey: Buffer;
  /**
   * The secret that the answer to a ticket is sealed under.
   *
   * @param ticket its secret
   * @param other public key of the other end
   * @returns undefined for a public key with which there is nothing to agree on
   */
  answerSecret(ticket: Buffer, other: Buffer): Buffer | undefined;
}

/** The bridge's end, made from its master secret: its public key is in each ticket. Source: envelope-v2.md 11. */
export function bridgeAgreement(master: Buffer): AgreementKey {
  mustBe("master secret", master, SECRET_BYTES);
  return agreementKey(derive(master, SALT, infoOf("enrol key", []), PUBLIC_KEY_BYTES));
}

/** @param privateKey 32 bytes; those of a new machine are random, and used once */
export function agreementKey(privateKey: Buffer): AgreementKey {
  const { createPrivateKey, createPublicKey } = nodeCrypto();
  const key = createPrivateKey({
    key: Buffer.concat([PRIVATE_START, mustBe("private key", privateKey, PUBLIC_KEY_BYTES)]),
    format: "der",
    type: "pkcs8",
  });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    publicKey: spki.subarray(PUBLIC_START.length),
    answerSecret: (ticket, other) => {
      const shared = agree(key, other);
      return shared && derive(ticket, shared, infoOf("enrol answer", []), SECRET_BYTES);
    },
  };
}

function agree(privateKey: KeyObject, other: Buffer): Buffer | undefined {
  const { createPublicKey, diffieHellman } = nodeCrypto();
  if (other.length !== PUBLIC_KEY_BYTES) return undefined;
  try {
    const publicKey = createPublicKey({
      key: Buffer.concat([PUBLIC_START, other]),
      format: "der",
      type: "spki",
    });
    return diffieHellman({ privateKey, publicKey });
  } catch {
    return undefined; // a point of small order
  }
}
