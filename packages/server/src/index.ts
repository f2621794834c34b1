export type { ServerClock, Timer } from "./core/clock.ts";
export { systemClock } from "./core/clock.ts";
export type { DropCounts, DropReason } from "./core/counts.ts";
export type { CloseReason, JobServerErrorCode } from "./core/errors.ts";
export { JobServerError } from "./core/errors.ts";
export type { JobServer, JobServerStats } from "./job-server.ts";
export { createJobServer } from "./job-server.ts";
export type { QueueMetrics, ServerMetrics, ServerTotals } from "./observe/server-metrics.ts";
export type { JobServerOptions } from "./options.ts";
