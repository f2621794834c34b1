import {
  ABORT_LADDER,
  type Alarm,
  KillLadder,
  type Rung,
  startAlarm,
  TIMEOUT_LADDER,
} from "@mod-gearman/base";
import { Capture } from "./capture.ts";
import type { RunnerClock } from "./clock.ts";
import type { RunOutcome } from "./outcome.ts";
import type { ProcessExit, ProcessListener, RunningProcess } from "./spawner.ts";

const UNKILLABLE_MS = 1000;

/** The part of an outcome that depends on the process. */
export type RunEnd = Omit<RunOutcome, "exec" | "startedAt" | "finishedAt" | "error">;

/**
 * One started command: collects its output, enforces its timeout and determines its end:
 * - normally when the leader has been reaped and both streams have ended;
 * - at the timeout, with the output so far, if only a descendant still holds the streams (D26); it survives;
 * - after the timeout or `abort` when the leader has been reaped, at the latest at the last rung of the
 * ladder.
 *
 * A leader that still exists a second after the last rung cannot be killed: it is reported and not waited
 * for.
 */
export class PluginRun implements ProcessListener {
  readonly settled: Promise<RunEnd>;
  /** Resolves when all work for this run is done, kills in the background included. */
  readonly gone: Promise<void>;
  readonly #timeoutMs: number;
  readonly #clock: RunnerClock;
  readonly #onUnkillable: (pid: number) => void;
  readonly #captures: { stdout: Capture; stderr: Capture };
  #settle: (end: RunEnd) => void = () => undefined;
  #leave: () => void = () => undefined;
  #process: RunningProcess | undefined;
  #alarm: Alarm | undefined;
  #ladder: KillLadder | undefined;
  #exit: ProcessExit | undefined;
  #streamsEnded = false;
  #timedOut = false;
  #aborted = false;
  #over = false;

  constructor(options: {
    timeoutMs: number;
    maxOutputBytes: number;
    clock: RunnerClock;
    onGone: () => void;
    onUnkillable?: (pid: number) => void;
  }) {
    this.#timeoutMs = options.timeoutMs;
    this.#clock = options.clock;
    this.#onUnkillable = options.onUnkillable ?? (() => undefined);
    this.#captures = {
      stdout: new Capture(options.maxOutputBytes),
      stderr: new Capture(options.maxOutputBytes),
    };
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.gone = new Promise((resolve) => {
      this.#leave = () => {
        options.onGone();
        resolve();
      };
    });
  }

  /** True if `abort` was called before the command had ended. */
  get aborted(): boolean {
    return this.#aborted;
  }

  /** The process is running: its timeout starts now. */
  started(process: RunningProcess): void {
    this.#process = process;
    if (this.#aborted) this.#climb(ABORT_LADDER);
    else this.#alarm = startAlarm(this.#clock, () => this.#onTimeout(), this.#timeoutMs);
  }

  /** Call it if no process was started. */
  failed(): void {
    this.#over = true;
    this.#leave();
  }

  /** Kills the group; the command counts as not executed. */
  abort(how?: "at once"): void {
    if (!this.#over) this.#aborted = true;
    if (this.#ladder === undefined && this.#process !== undefined) this.#climb(ABORT_LADDER);
    if (how === "at once" || !this.#aborted) this.#ladder?.hurry();
  }

  data(stream: "stdout" | "stderr", chunk: Buffer): void {
    this.#captures[stream].push(chunk);
  }

  exit(exit: ProcessExit): void {
    this.#exit = exit;
    if (this.#over) this.#alarm?.cancel(); // it has been killed in the end
    if (this.#ladder !== undefined) {
      this.#finish();
      this.#ladder.check();
    } else if (this.#streamsEnded) this.#finish();
  }

  end(): void {
    this.#streamsEnded = true;
    if (this.#exit !== undefined) this.#finish();
  }

  /** If the event loop was blocked, the timer fires before pending output and exit are read: handle those first. */
  #onTimeout(): void {
    if (this.#clock.afterEvents === undefined) this.#onTimeUp();
    else this.#clock.afterEvents(() => this.#onTimeUp());
  }

  #onTimeUp(): void {
    if (this.#over || this.#ladder !== undefined) return;
    if (this.#exit !== undefined) {
      this.#finish();
      return;
    }
    this.#timedOut = true;
    this.#climb(TIMEOUT_LADDER);
  }

  #climb(rungs: readonly Rung[]): void {
    const process = this.#process;
    if (process === undefined) return;
    this.#alarm?.cancel();
    this.#ladder = new KillLadder({
      kill: (signal) => process.kill(signal),
      rungs,
      clock: this.#clock,
      onTop: () => {
        this.#finish();
        this.#leave();
        if (this.#exit === undefined) this.#watch(process.pid);
      },
    });
    this.#ladder.start();
    if (this.#exit !== undefined) this.#finish();
  }

  #watch(pid: number): void {
    this.#alarm = startAlarm(this.#clock, () => this.#onUnkillable(pid), UNKILLABLE_MS);
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#alarm?.cancel();
    this.#process?.release();
    const { stdout, stderr } = this.#captures;
    const end = {
      stdout: stdout.take(),
      stderr: stderr.take(),
      timedOut: this.#timedOut,
      aborted: this.#aborted,
      truncatedBytes: stdout.droppedBytes + stderr.droppedBytes,
    };
    if (this.#exit === undefined) this.#settle(end);
    else if (this.#exit.code !== undefined) this.#settle({ ...end, exitCode: this.#exit.code });
    else this.#settle({ ...end, signal: this.#exit.signal });
    if (this.#ladder === undefined) this.#leave();
  }
}
