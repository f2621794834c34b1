import { constants } from "node:os";
import {
  ABORT_LADDER,
  type Alarm,
  KillLadder,
  type Rung,
  type Stopwatch,
  signalGroup,
  signalRest,
  startAlarm,
  TIMEOUT_LADDER,
} from "@mod-gearman/base";
import { assess } from "./assess.ts";
import type { Connection } from "./connection.ts";
import type { EpnClock, EpnOrder, EpnOutcome } from "./epn.ts";
import { type ReplyLine, ReplyReader, type Result } from "./reply.ts";

/** Limit for the first line of an answer: a server compiles for at most 10 s. */
export const SILENCE_MS = 15_000;
const { SIGKILL } = constants.signals;
/** Errors if no server listens on the socket; others, such as EMFILE, are of this process. */
const NO_LISTENER = new Set(["ENOENT", "ECONNREFUSED"]);

/** Each is called at most once. */
export interface EpnRunEvents {
  end(run: EpnRun, outcome: EpnOutcome, how: RunEnding): void;
  /** No process of it is left. */
  gone(run: EpnRun): void;
}

/**
 * Why a run ended. `killed`: by this process; `refused`: the server did not run it; `crash`, `damage`: the result is not the
 * plugin's; `invalid`: malformed answer; `silence`: no answer; `unreachable`: no connection; `lost`: connection lost.
 */
export type RunEnding =
  | "result"
  | "killed"
  | "refused"
  | "crash"
  | "damage"
  | "invalid"
  | "silence"
  | "unreachable"
  | "lost";

export interface EpnRunOptions {
  readonly order: EpnOrder;
  readonly requestLine: string;
  readonly connection: Connection;
  readonly clock: EpnClock;
  readonly stopwatch: () => Stopwatch;
  readonly events: EpnRunEvents;
}

/**
 * One plugin in a server: sends the request, enforces the timeout, reads the answer, kills the plugin's process group. It
 * ends
 * - with the last line of the answer;
 * - without a first line after 15 s or half the timeout: the server is silent;
 * - after the timeout or `abort`, when the server reports the plugin's end, at the latest at the last rung;
 * - with the connection.
 */
export class EpnRun {
  readonly order: EpnOrder;
  readonly #connection: Connection;
  readonly #clock: EpnClock;
  readonly #events: EpnRunEvents;
  readonly #watch: Stopwatch;
  readonly #startedMs: number;
  readonly #reader: ReplyReader;
  #pid: number | undefined;
  /** The server has reaped the plugin. */
  #isReaped = false;
  #alarm: Alarm;
  #ladder: KillLadder | undefined;
  #aborted = false;
  #timedOut = false;
  #over = false;
  #isReusable = false;

  constructor({ order, requestLine, connection, clock, stopwatch, events }: EpnRunOptions) {
    this.order = order;
    this.#connection = connection;
    this.#clock = clock;
    this.#events = events;
    this.#watch = stopwatch();
    this.#startedMs = clock.monotonicMs();
    this.#reader = new ReplyReader(order.maxOutputBytes);
    this.#alarm = startAlarm(clock, () => this.#onSilence(), Math.min(SILENCE_MS, order.timeoutMs / 2));
    connection.request(requestLine, {
      data: (chunk) => this.#onData(chunk),
      lost: (error, connected) => {
        const isNobodyThere = !connected && NO_LISTENER.has(error.code ?? "");
        this.#onLost(error.message, isNobodyThere ? "unreachable" : "lost");
      },
    });
  }

  /** True once the server has compiled the plugin and started its process. */
  get hasProcess(): boolean {
    return this.#pid !== undefined;
  }

  /** Since the request. */
  get ageMs(): number {
    return this.#clock.monotonicMs() - this.#startedMs;
  }

  /** The plugin counts as not executed. */
  abort(how?: "at once"): void {
    if (!this.#over) {
      this.#aborted = true;
      if (this.#ladder === undefined) this.#climb(ABORT_LADDER);
      // without a process there is no end to wait for
      if (this.#ladder === undefined) this.#finishKilled();
    }
    if (how === "at once" || !this.#aborted) this.#ladder?.hurry();
  }

  /** The server has ended: no more bytes will come. */
  serverGone(reason: string): void {
    this.#onLost(reason);
  }

  #onData(chunk: Buffer): void {
    let lines: ReplyLine[];
    try {
      lines = this.#reader.push(chunk);
    } catch (error) {
      this.#onLost(error instanceof Error ? error.message : String(error), "invalid");
      return;
    }
    for (const line of lines) {
      if (this.#over) return;
      if (line.kind === "started") this.#onStarted(line.pid);
      else this.#onResult(line.result);
    }
  }

  #onStarted(pid: number): void {
    this.#pid = pid;
    this.#alarm.cancel();
    const leftMs = Math.max(1, this.order.timeoutMs - this.ageMs);
    this.#alarm = startAlarm(this.#clock, () => this.#onTimeout(), leftMs);
  }

  #onResult(result: Result): void {
    this.#isReaped = true;
    if (this.#ladder !== undefined) {
      this.#finishKilled();
      this.#ladder.check();
      return;
    }
    const assessment = assess(result);
    if (assessment.kind === "result") {
      const { timedOut } = result.end;
      this.#isReusable = result.keep && this.#reader.isEmpty;
      this.#finish({ ...result.end, aborted: false, ...this.#times() }, timedOut ? "killed" : "result");
      return;
    }
    const { damage, reason } = assessment;
    const how = damage ? "damage" : result.end.signal === undefined ? "refused" : "crash";
    this.#finish({ unavailable: reason }, how);
  }

  #onTimeout(): void {
    this.#timedOut = true;
    this.#climb(TIMEOUT_LADDER);
  }

  #onSilence(): void {
    this.#finish({ unavailable: `no answer for ${Math.round(this.ageMs)} ms` }, "silence");
  }

  #onLost(reason: string, how: "lost" | "invalid" | "unreachable" = "lost"): void {
    if (this.#over) return;
    if (this.#ladder !== undefined) {
      this.#finishKilled();
      this.#ladder.check();
      return;
    }
    // it must not run beside the program that is started next
    this.#kill(SIGKILL);
    this.#finish({ unavailable: reason }, how);
  }

  #climb(rungs: readonly Rung[]): void {
    if (this.#pid === undefined) return;
    this.#alarm.cancel();
    this.#ladder = new KillLadder({
      kill: (signal) => this.#kill(signal),
      rungs,
      clock: this.#clock,
      onTop: () => {
        this.#finishKilled();
        this.#events.gone(this);
      },
    });
    this.#ladder.start();
  }

  /** Signals the plugin's group. @returns false if no process of it is left */
  #kill(signal: number): boolean {
    if (this.#pid === undefined) return false;
    return this.#isReaped ? signalRest(this.#pid, signal) : signalGroup(this.#pid, signal);
  }

  #finishKilled(): void {
    const nothing = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), truncatedBytes: 0 };
    const how = { timedOut: this.#timedOut, aborted: this.#aborted };
    this.#finish({ ...nothing, ...how, ...this.#times() }, "killed");
  }

  #times(): { startedAt: bigint; finishedAt: bigint } {
    return { startedAt: this.#watch.startedAt, finishedAt: this.#watch.finishedAt() };
  }

  #finish(outcome: EpnOutcome, how: RunEnding): void {
    if (this.#over) return;
    this.#over = true;
    this.#alarm.cancel();
    if (this.#isReusable) this.#connection.release();
    else this.#connection.destroy();
    this.#events.end(this, outcome, how);
    if (this.#ladder === undefined) this.#events.gone(this);
  }
}
