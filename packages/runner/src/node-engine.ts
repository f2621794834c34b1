import type { PluginCommand } from "@mod-gearman/addon";
import { type PluginOutcome, type Stopwatch, startAlarm } from "@mod-gearman/base";
import type { RunnerClock } from "./clock.ts";
import { failedOutcome, type PluginEngine } from "./plugin-engine.ts";
import { PluginRun } from "./plugin-run.ts";
import { SpawnError, type Spawner } from "./spawner.ts";

/** Longer than a kill ladder. A run still being started after this time has no process to kill. */
const ABORT_MS = 2000;

/** Uses a {@link Spawner}, which only starts processes; output, timeouts and kills are handled in JavaScript. */
export class NodeEngine implements PluginEngine {
  readonly kind = "node";
  readonly #spawner: Spawner;
  readonly #clock: RunnerClock;
  readonly #stopwatch: () => Stopwatch;
  readonly #onUnkillable: (pid: number) => void;
  readonly #runs = new Set<PluginRun>();

  constructor(
    spawner: Spawner,
    clock: RunnerClock,
    stopwatch: () => Stopwatch,
    onUnkillable: (pid: number) => void = () => undefined,
  ) {
    this.#spawner = spawner;
    this.#clock = clock;
    this.#stopwatch = stopwatch;
    this.#onUnkillable = onUnkillable;
  }

  get active(): number {
    return this.#runs.size;
  }

  start(command: PluginCommand, done: (outcome: PluginOutcome) => void): void {
    void this.#run(command).then(done);
  }

  async abortAll(how?: "at once"): Promise<void> {
    const runs = [...this.#runs];
    for (const run of runs) run.abort(how);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const alarm = startAlarm(this.#clock, resolve, ABORT_MS);
    await Promise.race([Promise.all(runs.map((run) => run.gone)), late]);
    alarm.cancel();
  }

  close(): void {
    this.#spawner.close();
  }

  async #run(command: PluginCommand): Promise<PluginOutcome> {
    const { timeoutMs, maxOutputBytes, limits } = command;
    const watch = this.#stopwatch();
    const run: PluginRun = new PluginRun({
      timeoutMs,
      maxOutputBytes,
      clock: this.#clock,
      onGone: () => this.#runs.delete(run),
      onUnkillable: this.#onUnkillable,
    });
    this.#runs.add(run);
    try {
      if (limits !== undefined) throw new SpawnError("ENOTSUP", "limits need the native spawner");
      run.started(await this.#spawner.start(command, run));
      const end = await run.settled;
      return { ...end, startedAt: watch.startedAt, finishedAt: watch.finishedAt() };
    } catch (error) {
      run.failed();
      const times = { startedAt: watch.startedAt, finishedAt: watch.finishedAt() };
      return failedOutcome(error, times, run.aborted);
    }
  }
}
