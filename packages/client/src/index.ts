export type { AdminQuery, AdminQueryOptions } from "./admin/admin-connection.ts";
export { AdminConnection } from "./admin/admin-connection.ts";
export type { AdminFailure } from "./admin/admin-failure.ts";
export { adminFailureOf } from "./admin/admin-failure.ts";
export type { StatusAnswer } from "./admin/status-query.ts";
export { queryStatus } from "./admin/status-query.ts";
export type { ClientConnectionEvents } from "./client/client-connection.ts";
export { ClientConnection } from "./client/client-connection.ts";
export type { ClientConnectionOptions } from "./client/client-options.ts";
export type { SubmitOutcome } from "./client/submit-outcome.ts";
export { Backoff } from "./connection/backoff.ts";
export type {
  ConnectionEvents,
  ConnectionLogger,
  ConnectionOptions,
  ConnectionState,
} from "./connection/connection.ts";
export { Connection } from "./connection/connection.ts";
export type { DialOptions, DuplexFactory } from "./connection/dial.ts";
export { dialTcp } from "./connection/dial.ts";
export { speaksTls } from "./connection/dial-tls.ts";
export type { DisconnectCode, DisconnectReason } from "./connection/disconnect-reason.ts";
export type { ClientErrorCode, ClientErrorDetails, RequestPhase } from "./connection/errors.ts";
export { ClientError } from "./connection/errors.ts";
export type { LivenessOptions, WatchedConnection } from "./connection/liveness.ts";
export { Liveness } from "./connection/liveness.ts";
export type { TlsErrorCode } from "./connection/tls-error.ts";
export { TlsError } from "./connection/tls-error.ts";
export type { AssignedJob, RunningJob } from "./contract/assigned-job.ts";
export type { JobClient, JobHandler, JobWorker } from "./contract/contract.ts";
export type { ForegroundProgress, ForegroundResult } from "./contract/foreground-result.ts";
export type { BackgroundJob, ForegroundJob, JobPriority, SubmittedJob } from "./contract/job.ts";
export type { JobStatus, UniqueJobStatus } from "./contract/job-status.ts";
export { hasUnique, randomUnique, UniqueSeries, withUnique } from "./submit/random-unique.ts";
export type { SubmitLinkHandlers, SubmitLinkOptions } from "./submit/submit-link.ts";
export { SubmitLink } from "./submit/submit-link.ts";
export { clientIdOf } from "./worker/client-id.ts";
export type { WorkerConnectionEvents, WorkerConnectionOptions } from "./worker/worker-connection.ts";
export { WorkerConnection } from "./worker/worker-connection.ts";
