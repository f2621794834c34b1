export { SpoolError, type SpoolErrorCode } from "./errors.ts";
export type { SpooledRecord } from "./segment.ts";
export { openSpool, type Spool, type SpoolLogger, type SpoolOptions } from "./spool.ts";
