import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "@mod-gearman/base";
import type { Refusal } from "./guard.ts";

const SCHEME = "Signed";
const LABEL = "mod-gearman page action";
/** Clocks may differ by that much, and a signature is good for that long. */
const WINDOW_MS = 60_000;
/** Of signatures that are good at the same time. */
const MOST_SEEN = 1000;
const RECEIVER_BYTES = 16;
const NONCE_BYTES = 12;

/**
 * The `Authorization` of a request from one program to another one with the same token. The token itself does not leave this machine: who
 * reads the line learns nothing that is good for another action, another program, or the same one after its next start.
 *
 * @param receiver `id` of its {@link SignatureCheck}
 */
export function signRequest(
  token: string,
  receiver: string,
  body: string,
  clock: Pick<Clock, "wallMs">,
): string {
  const nowMs = String(clock.wallMs());
  const nonce = randomBytes(NONCE_BYTES).toString("base64url");
  const mac = macOf(token, { receiver, ms: nowMs, nonce, body });
  return `${SCHEME} ${receiver}.${nowMs}.${nonce}.${mac.toString("base64url")}`;
}

/** Whether a header is of {@link signRequest}. */
export const isSigned = (authorization: string | undefined): boolean =>
  authorization?.startsWith(`${SCHEME} `) === true;

/** Whether a text can be the id of a receiver. */
export const isReceiver = (text: unknown): text is string =>
  typeof text === "string" && /^[\w-]{22}$/.test(text);

/** Takes each signature that was made for it once. */
export class SignatureCheck {
  /** Another one at each start, so that nothing of before is good any more. */
  readonly id: string = randomBytes(RECEIVER_BYTES).toString("base64url");
  readonly #clock: Pick<Clock, "wallMs">;
  /** Nonces of authentic requests, with the time until which they are good. */
  readonly #seen = new Map<string, number>();

  constructor(clock: Pick<Clock, "wallMs">) {
    this.#clock = clock;
  }

  refused(authorization: string, body: string, token: string): Refusal | undefined {
    const [, receiver, ms, nonce, mac] =
      /^Signed ([\w-]{22})\.(\d{1,15})\.([\w-]{16})\.([\w-]{43})$/.exec(authorization) ?? [];
    if (receiver === undefined || ms === undefined || nonce === undefined || mac === undefined)
      return refusal("the signature is broken, or of another version");
    const wanted = macOf(token, { receiver, ms, nonce, body }).toString("base64url");
    if (!timingSafeEqual(Buffer.from(mac), Buffer.from(wanted)))
      return refusal("the token of the page that asks is another one");
    if (receiver !== this.id)
      return refusal("the action is for another program, or for this one before its start");
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

interface Signed {
  readonly receiver: string;
  readonly ms: string;
  readonly nonce: string;
  readonly body: string;
}

function macOf(token: string, { receiver, ms, nonce, body }: Signed): Buffer {
  return createHmac("sha256", token).update(`${LABEL}\n${receiver}\n${ms}\n${nonce}\n${body}`).digest();
}
