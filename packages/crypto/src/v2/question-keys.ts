import { keyBytes } from "../key.ts";
import type { Direction } from "./header.ts";
import { derive, type EnvelopeKey, envelopeKey, infoOf, SALT, SECRET_BYTES } from "./key-schedule.ts";

/** In place of a queue: questions are asked over HTTP. Source: envelope-v2.md 15. */
export const QUESTION_QUEUE = Buffer.from("mod_gearman_bridge", "latin1");

/** What questions to a bridge, and its answers, are sealed under. */
export interface QuestionKeys {
  readonly question: EnvelopeKey;
  readonly answer: EnvelopeKey;
}

/**
 * From the master secret, or from the password of a site that has none. Source: envelope-v2.md 15.
 *
 * @throws RangeError for a secret that is not of 32 bytes; CryptoError EMPTY_KEY
 */
export function questionKeys(
  from: { readonly master: Buffer } | { readonly password: Buffer },
): QuestionKeys {
  const secret = "master" in from ? from.master : keyBytes(from.password);
  const key = (direction: Extract<Direction, "question" | "answer">): EnvelopeKey =>
    envelopeKey({
      ...{ direction, epoch: 0 },
      secret: derive(secret, SALT, infoOf(`${direction} key`, []), SECRET_BYTES),
    });
  return { question: key("question"), answer: key("answer") };
}
