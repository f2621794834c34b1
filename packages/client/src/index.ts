export type { AdminQuery, AdminQueryOptions } from "./admin-connection.ts";
export { AdminConnection } from "./admin-connection.ts";
export type { AdminFailure } from "./admin-failure.ts";
export { adminFailureOf } from "./admin-failure.ts";
export type { AssignedJob, RunningJob } from "./assigned-job.ts";
export { Backoff } from "./backoff.ts";
export type { ClientConnectionEvents } from "./client-connection.ts";
export { ClientConnection } from "./client-connection.ts";
export type {
  BackgroundJob,
  ClientConnectionOptions,
  ForegroundJob,
  SubmittedJob,
} from "./client-options.ts";
export type { ConnectionEvents, ConnectionLogger, ConnectionOptions, ConnectionState } from "./connection.ts";
export { Connection } from "./connection.ts";
export type { JobClient, JobHandler, JobWorker } from "./contract.ts";
export type { DialOptions, DuplexFactory } from "./dial.ts";
export { dialTcp } from "./dial.ts";
export type { DisconnectCode, DisconnectReason } from "./disconnect-reason.ts";
export type { ClientErrorCode, ClientErrorDetails, RequestPhase } from "./errors.ts";
export { ClientError } from "./errors.ts";
export type { ForegroundProgress, ForegroundResult } from "./foreground-submit.ts";
export type { JobStatus, UniqueJobStatus } from "./job-status.ts";
export { hasUnique, randomUnique, UniqueSeries, withUnique } from "./random-unique.ts";
export type { StatusAnswer } from "./status-query.ts";
export { queryStatus } from "./status-query.ts";
export type { SubmitLinkHandlers, SubmitLinkOptions } from "./submit-link.ts";
export { SubmitLink } from "./submit-link.ts";
export type { JobPriority } from "./submit-writer.ts";
export type { WorkerConnectionEvents, WorkerConnectionOptions } from "./worker-connection.ts";
export { WorkerConnection } from "./worker-connection.ts";
