export { BriefSealer } from "./brief-sealer.ts";
export type { Envelope, OpeningRules, ReceiverMode } from "./envelope.ts";
export { createEnvelope } from "./envelope.ts";
export type { CryptoErrorCode } from "./errors.ts";
export { CryptoError } from "./errors.ts";
export { keyBytes, keyFromFile } from "./key.ts";
export { SealBatch } from "./seal-batch.ts";
