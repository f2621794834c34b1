import { CryptoError, createEnvelope, type Envelope } from "@mod-gearman/crypto";
import { type CheckResult, PayloadError, parseCheckResult } from "@mod-gearman/payload";

export type ReadResult =
  | { readonly kind: "result"; readonly result: CheckResult; readonly form: string }
  /** Sealed in version 2, and the module would not take it. */
  | { readonly kind: "untaken"; readonly why: string }
  /** Sealed in version 2, although nothing was given here to open it. */
  | { readonly kind: "sealed" }
  /** Sent without encryption although a key was given. */
  | { readonly kind: "clear" }
  /** Text of another key, or encrypted although no key was given. */
  | { readonly kind: "unreadable" };

export interface Sealing {
  readonly encryption: boolean;
  readonly key?: Buffer | undefined;
}

/** The envelope of the test job. @throws CryptoError EMPTY_KEY, MISSING_KEY */
export function envelopeOf({ encryption, key }: Sealing): Envelope {
  return createEnvelope({ mode: encryption ? "on" : "off", password: key });
}

/** Opens and reads a result; never throws. Source: wire-format.md 3, 3.5. */
export function readResult(payload: Buffer, sealing: Sealing): ReadResult {
  const result = tryRead(payload, envelopeOf(sealing));
  if (result !== undefined) return { kind: "result", result, form: "legacy form, worker not verified" };
  const clear = sealing.encryption ? tryRead(payload, createEnvelope({ mode: "off" })) : undefined;
  return { kind: clear === undefined ? "unreadable" : "clear" };
}

function tryRead(payload: Buffer, envelope: Envelope): CheckResult | undefined {
  try {
    return parseCheckResult(envelope.open(payload));
  } catch (error) {
    if (error instanceof CryptoError || error instanceof PayloadError) return undefined;
    throw error;
  }
}
