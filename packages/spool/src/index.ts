export { SpoolError, type SpoolErrorCode } from "./errors.ts";
export type { SpooledRecord } from "./segment.ts";
export { openSpool, type Spool, type SpoolOptions } from "./spool.ts";
export type { SpoolLogger } from "./spool-log.ts";
