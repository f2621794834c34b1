export type { ServerClock, Timer } from "./clock.ts";
export { systemClock } from "./clock.ts";
export type { CloseReason, JobServerErrorCode } from "./errors.ts";
export { JobServerError } from "./errors.ts";
export type { JobServer, JobServerStats } from "./job-server.ts";
export { createJobServer } from "./job-server.ts";
export type { JobServerOptions } from "./options.ts";
