import { EnvelopeSealer, OwnKeys, parseIdentityFile } from "@mod-gearman/crypto";

/** Makes payloads of results. */
export interface ResultSealer {
  /** A new buffer. */
  seal(text: Buffer): Buffer;
}

/**
 * Seals the results of a passive sender in version 2 of the envelope.
 *
 * @param identityFile content of its file, which is valid
 * @param nowMicros time of day, microseconds since 1970
 */
export function identitySealer(
  identityFile: Buffer,
  resultQueue: Buffer,
  nowMicros: () => bigint,
): ResultSealer {
  const { own } = new OwnKeys(parseIdentityFile(identityFile));
  const { randomBytes } = process.getBuiltinModule("node:crypto"); // takes 4 ms, which the legacy form saves
  const nowMs = (): number => Number(nowMicros() / 1000n);
  const sealer = new EnvelopeSealer({ bootId: randomBytes(16), nowMs });
  return { seal: (text) => sealer.seal(own, resultQueue, text) };
}
