export type { AdminQueryOptions } from "./admin-connection.ts";
export { AdminConnection } from "./admin-connection.ts";
export type { AssignedJob } from "./assigned-job.ts";
export type {
  BackgroundJob,
  ClientConnectionEvents,
  ClientConnectionOptions,
  SubmittedJob,
} from "./client-connection.ts";
export { ClientConnection } from "./client-connection.ts";
export type { ClientLogger } from "./client-logger.ts";
export type { Clock, Timer } from "./clock.ts";
export { systemClock } from "./clock.ts";
export type { ConnectionEvents, ConnectionOptions, ConnectionState } from "./connection.ts";
export { Connection } from "./connection.ts";
export type { DialOptions, DuplexFactory } from "./dial.ts";
export { dialTcp } from "./dial.ts";
export type { DisconnectCode, DisconnectReason } from "./disconnect-reason.ts";
export type { ClientErrorCode, ClientErrorDetails } from "./errors.ts";
export { ClientError } from "./errors.ts";
export { Fifo } from "./fifo.ts";
export type { JobStatus, UniqueJobStatus } from "./job-status.ts";
export type { ServerAddress } from "./server-address.ts";
export { printAddress } from "./server-address.ts";
export type { WorkerConnectionEvents, WorkerConnectionOptions } from "./worker-connection.ts";
export { WorkerConnection } from "./worker-connection.ts";
