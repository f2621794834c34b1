import type { Clock, Logger } from "@mod-gearman/base";
import { CHECK_POINTS } from "@mod-gearman/observe";
import type { CheckResult, Micros } from "@mod-gearman/payload";

import { type Claim, type Row, timeoutSecondsOf } from "./check-row.ts";
import { CheckTimelines, type FinishedCheck, NO_TIMELINE } from "./check-timelines.ts";
import { ClockDifferences } from "./clock-differences.ts";
import type { HopTallies } from "./hop-tallies.ts";
import { timesLine } from "./times-line.ts";

const PREFIX = Buffer.from("Mod-Gearman Worker @ ");
const MAX_WORKER_BYTES = 255;
const POINTS = CHECK_POINTS.length;

/** Timelines of finished checks that are kept: some six megabytes in all. */
const MAX_TIMELINES = 8192;

/** Name of the worker in a result. */
function workerOf(source: Buffer | undefined): string {
  if (source === undefined) return "";
  const isOurs = source.length > PREFIX.length && PREFIX.equals(source.subarray(0, PREFIX.length));
  return source.toString("latin1", isOurs ? PREFIX.length : 0, MAX_WORKER_BYTES);
}

const msOf = (time: Micros | undefined): number => (time === undefined ? Number.NaN : Number(time) / 1000);

/** latin1. */
export function queueOf(check: Row | Claim): string {
  return "queue" in check ? check.queue : (check.event?.queue.toString("latin1") ?? "");
}

/** Unique key of the job, latin1; empty without one. */
export function uniqueOf(check: Row | Claim): string {
  if (!("id" in check)) return check.unique;
  return check.named ? check.id : "";
}

/** Milliseconds since 1970 of what a row keeps as a span of milliseconds. */
const after = (baseMs: number, spanMs: number, sign: 1 | -1): number =>
  spanMs < 0 ? Number.NaN : baseMs + sign * spanMs;

/**
 * Collects the times of each check: those of the shim and this bridge from the table of checks under way, those of the
 * worker from its result. One array is used for all of them. Times of the bridge are spans of its monotonic clock, counted back from now.
 */
export class CheckTimes {
  readonly #clock: Pick<Clock, "monotonicMs" | "wallMs">;
  readonly #logger: Logger;
  readonly #differences = new ClockDifferences();
  readonly timelines = new CheckTimelines(MAX_TIMELINES);
  readonly #hops: HopTallies;
  readonly #times = new Float64Array(POINTS);
  readonly #finished: FinishedCheck = {
    ...{ key: "", queue: "", unique: "", worker: "" },
    ...{ state: 0, clockDifferenceMs: 0, timeoutSeconds: 0 },
  };

  constructor(clock: Pick<Clock, "monotonicMs" | "wallMs">, logger: Logger, hops: HopTallies) {
    this.#hops = hops;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Monotonic. */
  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** Milliseconds since 1970. */
  timeOfDayMs(): number {
    return this.#clock.wallMs();
  }

  /** @returns the times so far of a check under way, in the order of `CHECK_POINTS`; overwritten by the next call */
  ofCheck(
    check: Row | Claim,
    nowMs: number = this.#clock.monotonicMs(),
    timeOfDayMs: number = this.#clock.wallMs(),
  ): Float64Array {
    const times = this.#times.fill(Number.NaN);
    const acceptedMs = timeOfDayMs - (Math.trunc(nowMs) - check.acceptedAt);
    const isQueued = "takenBeforeMs" in check;
    times[0] = (isQueued ? check.coreTime : Number(check.event?.core_time)) / 1000;
    times[1] = isQueued ? after(acceptedMs, check.takenBeforeMs, -1) : msOf(check.event?.taken_time);
    times[2] = acceptedMs;
    if (isQueued) times[3] = after(acceptedMs, check.queuedAfterMs, 1);
    return times;
  }

  /** Its result was fetched. @returns the number of its timeline */
  arrived(check: Row | Claim, result: CheckResult): number {
    const nowMs = this.#clock.monotonicMs();
    const fetchedMs = this.#clock.wallMs();
    const times = this.ofCheck(check, nowMs, fetchedMs);
    times[4] = msOf(result.grabbedTime);
    times[5] = msOf(result.startTime);
    times[6] = msOf(result.finishTime);
    times[7] = msOf(result.sentTime);
    times[8] = fetchedMs;
    const worker = this.#differences.of(workerOf(result.source), nowMs);
    const first = result.grabbedTime === undefined ? times[5] : times[4];
    const last = result.sentTime === undefined ? times[6] : times[7];
    const upper = (first ?? Number.NaN) - (times[2] ?? Number.NaN);
    const lower = (last ?? Number.NaN) - fetchedMs;
    const finished = this.#finished;
    finished.key = check.key;
    finished.queue = queueOf(check);
    finished.unique = uniqueOf(check);
    finished.worker = worker.name;
    finished.state = result.returnCode;
    finished.timeoutSeconds = timeoutSecondsOf(check);
    finished.clockDifferenceMs = worker.learn(upper, lower, nowMs);
    return this.timelines.add(finished, times);
  }

  /** What the clock of each worker differs by at least, milliseconds by name, latin1; see {@link ClockDifferences.proven}. */
  clockDifferences(): Map<string, number> {
    return this.#differences.proven(this.#clock.monotonicMs());
  }

  /** The core has it. */
  applied(timeline: number): void {
    const { timelines } = this;
    const hops = this.#hops;
    if (timeline === NO_TIMELINE || !timelines.applied(timeline, this.#clock.wallMs())) return;
    hops.begin(timelines.queueOf(timeline));
    timelines.eachHop(timeline, hops.add);
    if (this.#logger.isEnabled("debug")) this.#logger.debug(timesLine(timelines.at(timeline)));
  }
}
