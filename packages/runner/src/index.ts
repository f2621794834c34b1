export { ARGUMENT_LIMIT } from "./argument-limit.ts";
export type { CheckExec, CheckOutcome, CheckRequest } from "./check-outcome.ts";
export { type CheckRunner, type CheckRunnerOptions, createCheckRunner } from "./check-runner.ts";
export type { RunnerClock } from "./clock.ts";
export { exitAfter } from "./exit-after.ts";
export { type JudgeOptions, judge, type Verdict } from "./judge.ts";
export { NodeSpawner, type NodeSpawnerOptions } from "./node-spawner.ts";
export {
  isResourceShortage,
  type RunOutcome,
  type RunRequest,
} from "./outcome.ts";
export { type PathRestriction, refuseCommand } from "./restrict-path.ts";
export { createRunner, type Runner, type RunnerOptions } from "./runner.ts";
export {
  type ProcessExit,
  type ProcessListener,
  type RunningProcess,
  SpawnError,
  type Spawner,
} from "./spawner.ts";
export { runTestCommand } from "./test-command.ts";
export { type CommandPlan, tokenize } from "./tokenize.ts";
