export type { RunnerClock, Stopwatch } from "./clock.ts";
export { type JudgeOptions, judge, type Verdict } from "./judge.ts";
export { NodeSpawner, type NodeSpawnerOptions } from "./node-spawner.ts";
export {
  isResourceShortage,
  type Micros,
  type ResourceUsage,
  type RunLimits,
  type RunOutcome,
  type RunRequest,
} from "./outcome.ts";
export { createRunner, type Runner, type RunnerOptions } from "./runner.ts";
export {
  type ProcessExit,
  type ProcessListener,
  type RunningProcess,
  SpawnError,
  type Spawner,
  type SpawnRequest,
} from "./spawner.ts";
export { type CommandPlan, tokenize } from "./tokenize.ts";
