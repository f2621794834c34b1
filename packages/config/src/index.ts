export { ConfigError, type ConfigErrorCode } from "./errors.ts";
export type { GearmandOptions, QueueType, Verbosity } from "./gearmand-options.ts";
export type { EffectiveValue, LoadDeps, Loaded, ServerAddress, Warning } from "./loaded.ts";
export type { ExportRule, ModuleOptions } from "./module-options.ts";
export type { WorkerOptions } from "./worker-options.ts";
