export { effectiveOf, sourcesOf } from "./effective.ts";
export { type EnvironmentReader, environmentSettings } from "./environment.ts";
export {
  checkGearmanEnvironment,
  doctorEnvironment,
  ENVIRONMENT_PREFIX,
  type EnvironmentRules,
  enrollEnvironment,
  gearmandEnvironment,
  moduleEnvironment,
  queueEnvironment,
  runEnvironment,
  sendGearmanEnvironment,
  sendMultiEnvironment,
  topEnvironment,
  traceEnvironment,
  workerEnvironment,
} from "./environment-rules.ts";
export { ConfigError, type ConfigErrorCode } from "./errors.ts";
export { excerpt, withoutSecret } from "./excerpt.ts";
export { fileAccess } from "./file-access.ts";
export { foreignToModule, foreignToWorker } from "./foreign-keys.ts";
export { foreignToSender } from "./foreign-to-sender.ts";
export type { Entry } from "./given.ts";
export { argumentSetting, linesOf, moduleSetting, type Setting } from "./grammar.ts";
export { hashInArgument } from "./hash-values.ts";
export { helpText, type ProgramHelp, type Switch } from "./help.ts";
export {
  adviseOnKeyAccess,
  everyUserMayWrite,
  isCredential,
  octal,
  openKeyProblem,
  writersProblem,
} from "./key-access.ts";
export { fromUtf8, toUtf8, trimSpace, upperCase } from "./latin1.ts";
export type { EffectiveValue, FileStats, LinkStats, LoadDeps, Loaded, Warning } from "./loaded.ts";
export { isEmptySetting, mergeEnvironment, takeEnvironment } from "./merge-environment.ts";
export { nodeFiles } from "./node-files.ts";
export type { OptionRow, OptionTable, Values, ValuesOf } from "./option-row.ts";
export { canonicalKey, KeyTable, optionsOf, type Program, parseGiven, toOptions } from "./program.ts";
export { MODULE_LINE, readOption } from "./read-option.ts";
export { parseYesNo } from "./read-switch.ts";
export { callWarnings, checkConfigReport, warningLines } from "./report.ts";
export type { BridgeArguments } from "./schemas/bridge.ts";
export type { CheckGearmanOptions } from "./schemas/check-gearman.ts";
export type { DoctorOptions } from "./schemas/doctor.ts";
export type { EnrollOptions } from "./schemas/enroll.ts";
export type { GearmandOptions, QueueType } from "./schemas/gearmand.ts";
export type { ExportRule, ModuleOptions } from "./schemas/module.ts";
export type { QueueCommand, QueueOptions } from "./schemas/queue.ts";
export type { RunOptions } from "./schemas/run.ts";
export type { SenderOptions, SenderProgram } from "./schemas/sender.ts";
export type { TopOptions } from "./schemas/top.ts";
export type { TraceOptions } from "./schemas/trace.ts";
export type { WorkerOptions } from "./schemas/worker.ts";
export { parseServerList, type ServerListOptions, type ServerProblem } from "./servers.ts";
export { cannotRead, couldNotOpen, namedReason, SettingsReader } from "./settings-reader.ts";
export { bridgeHelp, bridgeTable } from "./tables/bridge.ts";
export { checkGearmanHelp, checkGearmanTable } from "./tables/check-gearman.ts";
export { doctorHelp, doctorTable } from "./tables/doctor.ts";
export { enrollHelp, enrollTable } from "./tables/enroll.ts";
export { gearmandHelp, gearmandTable } from "./tables/gearmand.ts";
export { moduleTable } from "./tables/module.ts";
export { queueHelp, queueTable } from "./tables/queue.ts";
export { runHelp, runTable } from "./tables/run.ts";
export { sendGearmanHelp, sendGearmanTable, sendMultiHelp, sendMultiTable } from "./tables/sender.ts";
export { topHelp, topTable } from "./tables/top.ts";
export { traceHelp, traceTable } from "./tables/trace.ts";
export { workerHelp, workerTable } from "./tables/worker.ts";
export { adviseOnLog, isInFile } from "./value-advice.ts";
export { VERBOSITY, type Verbosity } from "./verbosity.ts";
export { WarningCollector } from "./warning-collector.ts";
