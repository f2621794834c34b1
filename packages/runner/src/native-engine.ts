import util from "node:util";
import type { Addon, Engine, FailedStep, PluginCommand, PluginEnd } from "@mod-gearman/addon";
import { type PluginOutcome, startAlarm, startStopwatch } from "@mod-gearman/base";
import { processClock } from "./clock.ts";
import { failedOutcome, type PluginEngine } from "./plugin-engine.ts";
import { SpawnError } from "./spawner.ts";
import { systemErrorText } from "./system-error.ts";

export interface NativeEngineOptions {
  /** Number of threads that start plugins. */
  readonly lanes: number;
  /** Time between two signals of a kill ladder. Default 1000. */
  readonly ladderStepMs?: number;
  /** See {@link PluginEngine}. */
  readonly onUnkillable?: (pid: number) => void;
  /** `count` plugins were abandoned: their thread hangs, they have not ended long after their timeout. */
  readonly onHanging?: (count: number) => void;
}

interface Running {
  /** Undefined once the outcome has been delivered. */
  done: ((outcome: PluginOutcome) => void) | undefined;
  /** Of `performance.now()`. */
  readonly startedMs: number;
  readonly timeoutMs: number;
  /** Called when no process of its group is left to kill. */
  readonly onGone: (() => void)[];
}

const IDS = 2 ** 32;
const LADDER_STEP_MS = 1000;
/**
 * A run that has not ended this long after its timeout is abandoned. Longer than a kill ladder and the queue
 * of a busy thread.
 */
const LATE_MS = 30_000;
const LATE_CHECK_MS = 10_000;
const NOTHING = Buffer.alloc(0);

/** The engine of `@mod-gearman/addon`: plugins are handled on its threads, results are passed back in batches. */
export class NativeEngine implements PluginEngine {
  readonly kind = "native";
  readonly #engine: Engine;
  readonly #options: NativeEngineOptions;
  readonly #running = new Map<number, Running>();
  readonly #lateTimer: NodeJS.Timeout;
  #lastId = 0;

  /** @throws Error if threads or descriptors are exhausted */
  constructor(addon: Addon, options: NativeEngineOptions) {
    this.#options = options;
    this.#engine = addon.createEngine({
      ...options,
      onUnkillable: (_, pid) => options.onUnkillable?.(pid),
      onEnd: (id, end) => this.#onEnd(id, end),
      onGone: (id) => this.#onGone(id),
    });
    this.#lateTimer = setInterval(() => this.#giveUpLate(), LATE_CHECK_MS).unref();
  }

  get active(): number {
    return this.#running.size;
  }

  start(command: PluginCommand, done: (outcome: PluginOutcome) => void): void {
    const id = this.#nextId();
    const { timeoutMs } = command;
    this.#running.set(id, { done, startedMs: performance.now(), timeoutMs, onGone: [] });
    const isEmpty = (command.argv[0]?.length ?? 0) === 0;
    if (!isEmpty && this.#engine.start(id, command)) return;
    this.#onGone(id);
    const { startedAt } = startStopwatch();
    const error = new SpawnError("EINVAL", isEmpty ? "empty command" : "invalid argument");
    queueMicrotask(() => done(failedOutcome(error, { startedAt, finishedAt: startedAt })));
  }

  async abortAll(how?: "at once"): Promise<void> {
    const ids = [...this.#running.keys()];
    const gone = [...this.#running.values()].map(
      (running) => new Promise<void>((resolve) => running.onGone.push(resolve)),
    );
    this.#engine.abortAll(how === "at once");
    const giveUp = () => {
      for (const id of ids) this.#giveUp(id, "aborted");
    };
    const steps = how === "at once" ? 1 : 2;
    const late = startAlarm(processClock, giveUp, steps * (this.#options.ladderStepMs ?? LADDER_STEP_MS));
    await Promise.all(gone);
    late.cancel();
  }

  close(): void {
    clearInterval(this.#lateTimer);
    this.#engine.close();
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId + 1) % IDS;
    while (this.#running.has(this.#lastId));
    return this.#lastId;
  }

  #onEnd(id: number, end: PluginEnd): void {
    const running = this.#running.get(id);
    if (!end.lingers) this.#onGone(id);
    this.#settle(running, toOutcome(end));
  }

  #settle(running: Running | undefined, outcome: PluginOutcome): void {
    const done = running?.done;
    if (running !== undefined) running.done = undefined;
    done?.(outcome);
  }

  #giveUpLate(): void {
    const now = performance.now();
    const late = [...this.#running].filter(
      ([, { startedMs, timeoutMs }]) => now > startedMs + timeoutMs + LATE_MS,
    );
    for (const [id] of late) this.#giveUp(id, "timedOut");
    if (late.length > 0) this.#options.onHanging?.(late.length);
  }

  /** The plugin's thread does not answer: ends the run, so that its job does not wait for it. */
  #giveUp(id: number, why: "timedOut" | "aborted"): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    this.#onGone(id);
    const { startedAt: finishedAt } = startStopwatch();
    const took = BigInt(Math.round((performance.now() - running.startedMs) * 1000));
    this.#settle(running, {
      ...{ stdout: NOTHING, stderr: NOTHING, truncatedBytes: 0 },
      ...{ timedOut: why === "timedOut", aborted: why === "aborted" },
      ...{ startedAt: finishedAt - took, finishedAt },
    });
  }

  #onGone(id: number): void {
    const running = this.#running.get(id);
    this.#running.delete(id);
    for (const resolve of running?.onGone ?? []) resolve();
  }
}

function toOutcome(end: PluginEnd): PluginOutcome {
  const { stdout, stderr, truncatedBytes, timedOut, aborted } = end;
  const startedAt = BigInt(end.startedMicros);
  const finishedAt = BigInt(end.finishedMicros);
  if (end.failure !== undefined) {
    return failedOutcome(toError(end.failure), { startedAt, finishedAt }, aborted);
  }
  const outcome = { stdout, stderr, truncatedBytes, timedOut, aborted, startedAt, finishedAt };
  if (end.usage === undefined) return outcome;
  if (end.exitCode !== undefined) return { ...outcome, exitCode: end.exitCode, usage: end.usage };
  if (end.signal !== undefined) return { ...outcome, signal: end.signal, usage: end.usage };
  return outcome;
}

const TASKS: Readonly<Record<Exclude<FailedStep, "start">, string>> = {
  group: "cannot make a process group",
  limits: "cannot set limits",
  cgroup: "cannot join the cgroup",
  user: "cannot become the user",
};

/** ELIMIT is not an errno of the system: a missing cgroup (ENOENT) must not look like a missing plugin. */
function toError({ errno, step }: { errno: number; step: FailedStep }): SpawnError {
  const code = util.getSystemErrorName(-errno);
  const text = systemErrorText(code, -errno);
  if (step === "start") return new SpawnError(code, text);
  return new SpawnError("ELIMIT", `${TASKS[step]}: ${text}`);
}
