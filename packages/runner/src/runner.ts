import { channel } from "node:diagnostics_channel";
import { channels, type Logger } from "@mod-gearman/observe";
import { processClock, type RunnerClock, type Stopwatch, startStopwatch } from "./clock.ts";
import { NodeSpawner } from "./node-spawner.ts";
import type { RunOutcome, RunRequest } from "./outcome.ts";
import { PluginRun } from "./plugin-run.ts";
import { SpawnError, type Spawner, type SpawnRequest } from "./spawner.ts";
import { tokenize } from "./tokenize.ts";

const DEFAULT_MAX_OUTPUT_BYTES = 10 * 1024 * 1024; // as the C worker, spec 4.5

const onStart = channel(channels.runner.start);
const onFinish = channel(channels.runner.finish);

/** Runs commands; any number at the same time. */
export interface Runner {
  /** Commands that run or whose group is still being killed. */
  readonly active: number;
  /** Never rejects for anything the command does: what cannot be started is an outcome with `error`. */
  run(request: RunRequest): Promise<RunOutcome>;
  /** The same without a promise. `done` is called exactly once, never before `start` has returned. */
  start(request: RunRequest, done: (outcome: RunOutcome) => void): void;
  /** What starts the processes. */
  readonly spawner: "native" | "node";
  /** One line, when `spawner` is `node` although `native` was not `off`. */
  readonly whyNotNative: string | undefined;
  /**
   * Ends everything: TERM to each group, KILL a second later; their outcomes say `aborted`. Resolves when
   * nothing is left to kill. `at once`: KILL without waiting.
   */
  abortAll(how?: "at once"): Promise<void>;
  /** Frees what the spawner keeps. Call it when no run is active. */
  close(): void;
}

/** Collaborators of a runner; all of them have defaults. */
export interface RunnerOptions {
  /** `auto`, the default: the native spawner if it can be loaded. `off`: `node:child_process`. */
  readonly native?: "auto" | "off";
  readonly spawner?: Spawner;
  readonly clock?: RunnerClock;
  readonly stopwatch?: () => Stopwatch;
  readonly logger?: Pick<Logger, "warn">;
}

/** Makes a runner, by default on `node:child_process` with the environment of this process. */
export function createRunner(options: RunnerOptions = {}): Runner {
  const logger = options.logger ?? { warn: () => undefined };
  const spawner = options.spawner ?? new NodeSpawner({ env: process.env, logger });
  return new PluginRunner(
    spawner,
    options.clock ?? processClock,
    options.stopwatch ?? startStopwatch,
    logger,
  );
}

class PluginRunner implements Runner {
  readonly #spawner: Spawner;
  readonly #clock: RunnerClock;
  readonly #stopwatch: () => Stopwatch;
  readonly #logger: Pick<Logger, "warn">;
  readonly #runs = new Set<PluginRun>();

  constructor(
    spawner: Spawner,
    clock: RunnerClock,
    stopwatch: () => Stopwatch,
    logger: Pick<Logger, "warn">,
  ) {
    this.#spawner = spawner;
    this.#clock = clock;
    this.#stopwatch = stopwatch;
    this.#logger = logger;
  }

  get active(): number {
    return this.#runs.size;
  }

  get spawner(): "native" | "node" {
    return "node";
  }

  get whyNotNative(): string | undefined {
    return undefined;
  }

  start(request: RunRequest, done: (outcome: RunOutcome) => void): void {
    void this.run(request).then(done);
  }

  async run(request: RunRequest): Promise<RunOutcome> {
    onStart.publish({ active: this.#runs.size + 1 });
    const outcome = await this.#run(request);
    const { exec, exitCode, signal, timedOut, aborted, truncatedBytes } = outcome;
    const tookMicros = outcome.finishedAt - outcome.startedAt;
    onFinish.publish({ exec, exitCode, signal, timedOut, aborted, truncatedBytes, tookMicros });
    return outcome;
  }

  async #run(request: RunRequest): Promise<RunOutcome> {
    const watch = this.#stopwatch();
    const maxOutputBytes = request.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
    const run: PluginRun = new PluginRun({
      timeoutMs: request.timeoutMs,
      maxOutputBytes,
      clock: this.#clock,
      onGone: () => this.#runs.delete(run),
    });
    this.#runs.add(run);
    try {
      if (request.limits !== undefined) throw new SpawnError("ENOTSUP", "limits need the native spawner");
      const plan = toSpawnRequest(request);
      run.started(await this.#spawner.start(plan, run));
      const end = await run.settled;
      if (end.truncatedBytes > 0) {
        this.#logger.warn(`plugin output exceeds ${maxOutputBytes} bytes, cutting off`);
      }
      return { exec: plan.command.kind, ...end, startedAt: watch.startedAt, finishedAt: watch.finishedAt() };
    } catch (error) {
      run.failed();
      return failure(error, watch, run.aborted);
    }
  }

  async abortAll(how?: "at once"): Promise<void> {
    const runs = [...this.#runs];
    for (const run of runs) run.abort(how);
    await Promise.all(runs.map((run) => run.gone));
  }

  close(): void {
    this.#spawner.close();
  }
}

function toSpawnRequest(request: RunRequest): SpawnRequest {
  const env = Object.entries(request.env ?? {}).map(
    ([name, value]) => [Buffer.from(name), typeof value === "string" ? Buffer.from(value) : value] as const,
  );
  const plan = request.plan ?? tokenize(request.commandLine);
  if (plan.kind === "exec") return { command: { kind: "exec", argv: plan.argv }, env: [...env, ...plan.env] };
  if (request.directOnly) throw new SpawnError("ENOEXEC", "command needs a shell");
  return { command: { kind: "shell", line: request.commandLine }, env };
}

function failure(error: unknown, watch: Stopwatch, aborted: boolean): RunOutcome {
  const errno = error instanceof SpawnError ? error.errno : "EUNKNOWN";
  const text = error instanceof Error ? error.message : String(error);
  return {
    exec: "error",
    stdout: Buffer.alloc(0),
    stderr: Buffer.alloc(0),
    timedOut: false,
    aborted,
    startedAt: watch.startedAt,
    finishedAt: watch.finishedAt(),
    error: { errno, text },
    truncatedBytes: 0,
  };
}
