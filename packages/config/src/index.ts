export { bridgeHelp, bridgeSchema } from "./bridge.ts";
export { checkGearmanHelp, checkGearmanSchema } from "./check-gearman.ts";
export { effectiveOf, sourcesOf } from "./effective.ts";
export { ConfigError, type ConfigErrorCode } from "./errors.ts";
export { excerpt } from "./excerpt.ts";
export { type FieldMeta, field } from "./fields.ts";
export { fileAccess } from "./file-access.ts";
export { foreignToModule, foreignToWorker } from "./foreign-keys.ts";
export { foreignToSender } from "./foreign-to-sender.ts";
export { gearmandHelp, gearmandSchema, VERBOSITY } from "./gearmand.ts";
export type { GearmandOptions, QueueType, Verbosity } from "./gearmand-options.ts";
export type { Entry } from "./given.ts";
export { argumentSetting, linesOf, moduleSetting, type Setting } from "./grammar.ts";
export { hashInArgument } from "./hash-values.ts";
export { helpText, type ProgramHelp, type Switch } from "./help.ts";
export { adviseOnKeyAccess } from "./key-access.ts";
export { fromUtf8, toUtf8, trimSpace, upperCase } from "./latin1.ts";
export type { EffectiveValue, LoadDeps, Loaded, Warning } from "./loaded.ts";
export { moduleSchema } from "./module.ts";
export { MODULE_LINE } from "./module-fields.ts";
export type { ExportRule, ModuleOptions } from "./module-options.ts";
export { nodeFiles } from "./node-files.ts";
export {
  canonicalKey,
  KeyTable,
  type OptionSchema,
  optionsOf,
  type Program,
  parseGiven,
  type Values,
} from "./program.ts";
export { callWarnings, checkConfigReport, warningLines } from "./report.ts";
export { parseYesNo, stateOf } from "./scalars.ts";
export { sendGearmanHelp, sendGearmanSchema, sendMultiHelp, sendMultiSchema } from "./sender.ts";
export type { SenderOptions, SenderProgram } from "./sender-options.ts";
export { parseServerList, type ServerListOptions, type ServerProblem } from "./servers.ts";
export { cannotRead, couldNotOpen, namedReason, SettingsReader } from "./settings-reader.ts";
export type { CheckGearmanOptions, TopOptions } from "./tool-options.ts";
export { topHelp, topSchema } from "./top.ts";
export { adviseOnLog, isInFile } from "./value-advice.ts";
export { WarningCollector } from "./warning-collector.ts";
export { workerHelp, workerSchema } from "./worker.ts";
export type { WorkerOptions } from "./worker-options.ts";
