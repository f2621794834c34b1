export { type Logger, type LogLevel, nullLogger } from "@mod-gearman/base";
export { type ChannelName, channels } from "./channels.ts";
export {
  CHECK_HOPS,
  CHECK_POINTS,
  type CheckHop,
  type CheckPoint,
  eachHop,
  type VisitHop,
} from "./check-hops.ts";
export { LogError, type LogErrorCode } from "./errors.ts";
export { type FileSinkOptions, fileSink } from "./file-sink.ts";
export { type LineLevel, levelFromDebug } from "./levels.ts";
export { createLogger, type LoggerOptions, memoryLogger } from "./logger.ts";
export { hasLogger, type LoggerProcess, type StartLogger } from "./logger-process.ts";
export { isNearLimit, pluginMs } from "./plugin-time.ts";
export type { RateLimited } from "./rate-limited.ts";
export { rateLimited } from "./rate-limited.ts";
export { Refusals } from "./refusals.ts";
export {
  type LogSink,
  type LogStream,
  nullSink,
  streamSink,
} from "./sink.ts";
export type { SyslogFacility } from "./syslog-record.ts";
export { type SyslogSink, type SyslogSinkOptions, type SyslogTimer, syslogSink } from "./syslog-sink.ts";
export { hopsOf, parseChecks, type TracedCheck, type TracedHop } from "./traced-check.ts";
