import { CryptoError, createEnvelope, type Envelope } from "@mod-gearman/crypto";
import { type CheckResult, PayloadError, parseCheckResult } from "@mod-gearman/payload";
import type { ReadResult } from "./read-result.ts";

/** Opens and reads a result in the legacy form; never throws. Source: wire-format.md 3, 3.5. */
export function readLegacyResult(payload: Buffer, envelope: Envelope, encryption: boolean): ReadResult {
  const result = tryRead(payload, envelope);
  if (result !== undefined) return { kind: "result", result };
  const clear = encryption ? tryRead(payload, createEnvelope({ mode: "off" })) : undefined;
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
