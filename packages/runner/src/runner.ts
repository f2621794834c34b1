import { channel } from "node:diagnostics_channel";
import { availableParallelism } from "node:os";
import { loadAddon } from "@mod-gearman/addon";
import { omitUndefined, type PluginOutcome, type Stopwatch, startStopwatch } from "@mod-gearman/base";
import { channels, type Logger, rateLimited } from "@mod-gearman/observe";
import { processClock, type RunnerClock } from "./clock.ts";
import { NativeEngine } from "./native-engine.ts";
import { NodeEngine } from "./node-engine.ts";
import { NodeSpawner } from "./node-spawner.ts";
import type { RunOutcome, RunRequest } from "./outcome.ts";
import { planOf, toPluginCommand } from "./plugin-command.ts";
import { failedOutcome, type PluginEngine } from "./plugin-engine.ts";
import type { Spawner } from "./spawner.ts";
import type { CommandPlan } from "./tokenize.ts";

const MAX_LANES = 8;
const LOG_EVERY_MS = 60_000;

const onStart = channel(channels.runner.start);
const onFinish = channel(channels.runner.finish);

export interface Runner {
  /** Commands that are running or whose group is being killed. */
  readonly active: number;
  /** Never rejects: a command that cannot be started has an outcome with `error`. */
  run(request: RunRequest): Promise<RunOutcome>;
  /** `run` with a callback: `done` is called exactly once, never before `start` has returned. */
  start(request: RunRequest, done: (outcome: RunOutcome) => void): void;
  readonly spawner: "native" | "node";
  /** The reason in one line if `spawner` is `node` although `native` was not `off`. */
  readonly whyNotNative: string | undefined;
  /** Number of plugins that survived SIGKILL by a second; their later end is not observed. */
  readonly unkillable: number;
  /**
   * Ends all commands: TERM to each group, KILL a second later; their outcomes have `aborted`. Resolves when
   * no process is left to kill, at the latest after two seconds. `at once`: KILL before this returns, at the latest
   * after one second.
   */
  abortAll(how?: "at once"): Promise<void>;
  /** Frees threads and pipes. Call it when no run is active. Blocks for at most 1.5 s if a thread hangs. */
  close(): void;
}

export interface RunnerOptions {
  /** `auto`, the default: the native spawner if it can be loaded. `off`: `node:child_process`. */
  readonly native?: "auto" | "off";
  /** Threads of the native spawner that start plugins. Default: one for each core, at most 8. */
  readonly lanes?: number;
  /** Time between two signals of a kill ladder of the native spawner. Default 1000. */
  readonly ladderStepMs?: number;
  /** Used in place of both; `clock` and `stopwatch` are for it. */
  readonly spawner?: Spawner;
  readonly clock?: RunnerClock;
  readonly stopwatch?: () => Stopwatch;
  readonly logger?: Pick<Logger, "warn">;
}

/** Plugins inherit the environment that this process has at the time of this call. */
export function createRunner(options: RunnerOptions = {}): Runner {
  const logger = options.logger ?? { warn: () => undefined };
  const unkillable = new Unkillable(logger);
  return new PluginRunner(chooseEngine(options, logger, unkillable), logger, unkillable);
}

/** Called if a thread of the native spawner hangs, usually in a file system that does not answer. */
function hangingWarner(logger: Pick<Logger, "warn">): (count: number) => void {
  return (count) =>
    logger.warn(`${count} plugins count as timed out: the thread that starts them has not answered for 30 s`);
}

/** Counts plugins that cannot be killed and logs them at most once a minute. */
class Unkillable {
  count = 0;
  readonly #warn: (text: string) => void;

  constructor(logger: Pick<Logger, "warn">) {
    this.#warn = rateLimited(
      (text) => logger.warn(text),
      LOG_EVERY_MS,
      () => performance.now(),
    );
  }

  add(pid: number): void {
    this.count++;
    this.#warn(`plugin cannot be killed and keeps running without the worker: process ${pid}`);
  }
}

interface Choice {
  readonly engine: PluginEngine;
  readonly whyNotNative: string | undefined;
}

function chooseEngine(options: RunnerOptions, logger: Pick<Logger, "warn">, unkillable: Unkillable): Choice {
  const onUnkillable = (pid: number) => unkillable.add(pid);
  const { clock = processClock, stopwatch = startStopwatch } = options;
  const inNode = (spawner: Spawner, whyNotNative?: string): Choice => ({
    engine: new NodeEngine(spawner, clock, stopwatch, onUnkillable),
    whyNotNative,
  });
  if (options.spawner !== undefined) return inNode(options.spawner);
  const fallback = () => new NodeSpawner({ env: process.env, logger });
  if (options.native === "off") return inNode(fallback());
  const loaded = loadAddon();
  if ("reason" in loaded) return inNode(fallback(), loaded.reason);
  try {
    const settings = { ...nativeOptions(options), onUnkillable, onHanging: hangingWarner(logger) };
    return { engine: new NativeEngine(loaded.addon, settings), whyNotNative: undefined };
  } catch (error) {
    return inNode(fallback(), `the native spawner does not start: ${(error as Error).message}`);
  }
}

function nativeOptions({ lanes, ladderStepMs }: RunnerOptions): { lanes: number; ladderStepMs?: number } {
  const automatic = Math.min(availableParallelism(), MAX_LANES);
  return omitUndefined({ lanes: lanes ?? automatic, ladderStepMs });
}

class PluginRunner implements Runner {
  readonly whyNotNative: string | undefined;
  readonly #engine: PluginEngine;
  readonly #logger: Pick<Logger, "warn">;
  readonly #unkillable: Unkillable;

  constructor({ engine, whyNotNative }: Choice, logger: Pick<Logger, "warn">, unkillable: Unkillable) {
    this.#engine = engine;
    this.whyNotNative = whyNotNative;
    this.#logger = logger;
    this.#unkillable = unkillable;
  }

  get spawner(): "native" | "node" {
    return this.#engine.kind;
  }

  get active(): number {
    return this.#engine.active;
  }

  get unkillable(): number {
    return this.#unkillable.count;
  }

  run(request: RunRequest): Promise<RunOutcome> {
    return new Promise((resolve) => this.start(request, resolve));
  }

  start(request: RunRequest, done: (outcome: RunOutcome) => void): void {
    if (onStart.hasSubscribers) onStart.publish({ active: this.active + 1 });
    let plan: CommandPlan;
    try {
      plan = planOf(request);
    } catch (error) {
      const { startedAt } = startStopwatch();
      const outcome = failedOutcome(error, { startedAt, finishedAt: startedAt });
      queueMicrotask(() => done(finished("error", outcome)));
      return;
    }
    const command = toPluginCommand(request, plan);
    this.#engine.start(command, (outcome) => {
      if (outcome.truncatedBytes > 0) {
        this.#logger.warn(`plugin output exceeds ${command.maxOutputBytes} bytes, cutting off`);
      }
      done(finished(outcome.error === undefined ? plan.kind : "error", outcome));
    });
  }

  abortAll(how?: "at once"): Promise<void> {
    return this.#engine.abortAll(how);
  }

  close(): void {
    this.#engine.close();
  }
}

function finished(exec: RunOutcome["exec"], outcome: PluginOutcome): RunOutcome {
  if (onFinish.hasSubscribers) {
    const { exitCode, signal, timedOut, aborted, truncatedBytes } = outcome;
    const tookMicros = outcome.finishedAt - outcome.startedAt;
    onFinish.publish({ exec, exitCode, signal, timedOut, aborted, truncatedBytes, tookMicros });
  }
  return { exec, ...outcome };
}
