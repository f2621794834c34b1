export type { CheckEnd } from "./check-end.ts";
export { CheckSealing, type SealingOptions } from "./check-sealing.ts";
export { ownQueue } from "./own-queue.ts";
export type { ReadResult } from "./read-result.ts";
export { type RemoteCheck, RemoteChecks, type RemoteChecksOptions } from "./remote-checks.ts";
export type { SealedFiles } from "./sealed-check.ts";
