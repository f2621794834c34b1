import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "@mod-gearman/base";
import type { Refusal } from "./guard.ts";

const SCHEME = "Signed";
const LABEL = "mod-gearman page action";
/** Clocks may differ by that much, and a signature is good for that long. */
const WINDOW_MS = 60_000;
/** Of signatures that are good at the same time. */
const MOST_SEEN = 1000;
const NONCE_BYTES = 12;

/**
 * The `Authorization` of a request from one program to another one with the same token. The token itself does not leave this machine: who
 * reads the line learns nothing that is good for another action.
 */
export function signRequest(token: string, body: string, clock: Pick<Clock, "wallMs">): string {
  const nowMs = clock.wallMs();
  const nonce = randomBytes(NONCE_BYTES).toString("base64url");
  return `${SCHEME} ${nowMs}.${nonce}.${macOf(token, String(nowMs), nonce, body).toString("base64url")}`;
}

/** Whether a header is of {@link signRequest}. */
export const isSigned = (authorization: string | undefined): boolean =>
  authorization?.startsWith(`${SCHEME} `) === true;

/** Takes each signature once. */
export class SignatureCheck {
  readonly #clock: Pick<Clock, "wallMs">;
  /** Nonces of authentic requests, with the time until which they are good. */
  readonly #seen = new Map<string, number>();

  constructor(clock: Pick<Clock, "wallMs">) {
    this.#clock = clock;
  }

  refused(authorization: string, body: string, token: string): Refusal | undefined {
    const [, ms, nonce, mac] = /^Signed (\d{1,15})\.([\w-]{16})\.([\w-]{43})$/.exec(authorization) ?? [];
    if (ms === undefined || nonce === undefined || mac === undefined)
      return refusal("the signature is broken");
    if (!timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(token, ms, nonce, body).toString("base64url"))))
      return refusal("the token of the page that asks is another one");
    const nowMs = this.#clock.wallMs();
    if (Math.abs(nowMs - Number(ms)) > WINDOW_MS)
      return refusal("the clocks of both machines differ by more than a minute");
    for (const [known, untilMs] of this.#seen) if (untilMs < nowMs) this.#seen.delete(known);
    if (this.#seen.has(nonce)) return refusal("the request came before");
    if (this.#seen.size >= MOST_SEEN) return refusal("there are too many actions at once");
    this.#seen.set(nonce, Number(ms) + WINDOW_MS);
    return undefined;
  }
}

const refusal = (text: string): Refusal => ({ status: 401, text: `${text}\n` });

function macOf(token: string, ms: string, nonce: string, body: string): Buffer {
  return createHmac("sha256", token).update(`${LABEL}\n${ms}\n${nonce}\n${body}`).digest();
}
