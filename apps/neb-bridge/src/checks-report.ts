import { CHECK_POINTS, type TracedCheck } from "@mod-gearman/observe";
import { timeoutSecondsOf } from "./check-row.ts";
import type { Timeline } from "./check-timelines.ts";
import { type CheckTimes, queueOf, uniqueOf } from "./check-times.ts";
import { objectKey } from "./object-key.ts";
import type { OutstandingChecks } from "./outstanding.ts";

/** Finished checks in one answer, and checks under way in one answer. */
const MAX_CHECKS = 100;
const SECOND_MS = 1000;
/** Results of this time are looked through for slow plugins: an object that runs no more often may be gone. */
const SLOWEST_MS = 3_600_000;

/** Of which object; without a host: of all. */
export interface ObjectName {
  readonly host: string;
  readonly service: string | undefined;
}

const textOf = (latin1: string): string => Buffer.from(latin1, "latin1").toString();
const named = (latin1: string): string | null => (latin1 === "" ? null : textOf(latin1));
const known = (ms: number | undefined): number | null => (ms === undefined || Number.isNaN(ms) ? null : ms);

function reported(
  { key, queue, unique, worker, times, clockDifferenceMs, timeoutSeconds }: Omit<Timeline, "state">,
  state: number | null,
): TracedCheck {
  const [host = "", service] = key.split("\0");
  const timesMs = CHECK_POINTS.map((point, at) => [point, known(times[at])]);
  return {
    host: textOf(host),
    service: service === undefined ? null : textOf(service),
    queue: textOf(queue),
    worker: named(worker),
    state,
    unique: named(unique),
    timesMs: Object.fromEntries(timesMs) as TracedCheck["timesMs"],
    clockDifferenceMs: known(clockDifferenceMs),
    timeoutSeconds: timeoutSeconds === 0 ? null : timeoutSeconds,
  };
}

/** Checks under way, the oldest ones, and the last finished ones; the newest first. Neither command nor output is among it. */
export class ChecksReport {
  readonly #outstanding: OutstandingChecks;
  readonly #times: CheckTimes;
  #slowest: { readonly checks: readonly TracedCheck[]; readonly atMs: number } = {
    ...{ checks: [], atMs: Number.NEGATIVE_INFINITY },
  };

  constructor(outstanding: OutstandingChecks, times: CheckTimes) {
    this.#outstanding = outstanding;
    this.#times = times;
  }

  checks(object?: ObjectName): TracedCheck[] {
    const key = object === undefined ? undefined : keyOf(object);
    const finished = this.#times.timelines.last(MAX_CHECKS, key).map((one) => reported(one, one.state));
    return [...this.#underWay(key), ...finished].toSorted(
      (a, b) => (b.timesMs.accepted ?? 0) - (a.timesMs.accepted ?? 0),
    );
  }

  /** The newest run of each object in the last hour, those first whose plugin took most of its time limit; at most a second old, as all are looked through. */
  slowest(): readonly TracedCheck[] {
    const nowMs = this.#times.nowMs();
    if (nowMs - this.#slowest.atMs >= SECOND_MS) {
      const slowest = this.#times.timelines.slowest(MAX_CHECKS, this.#times.timeOfDayMs() - SLOWEST_MS);
      const checks = slowest.map((one) => reported(one, one.state));
      this.#slowest = { checks, atMs: nowMs };
    }
    return this.#slowest.checks;
  }

  *#underWay(key: string | undefined): Generator<TracedCheck> {
    let count = 0;
    const one = key === undefined ? undefined : this.#outstanding.underWay(key);
    const checks = key === undefined ? this.#outstanding.rows : one === undefined ? [] : [one];
    for (const check of checks) {
      if (count++ === MAX_CHECKS) return;
      const times = this.#times.ofCheck(check);
      yield reported(
        {
          key: check.key,
          queue: queueOf(check),
          unique: uniqueOf(check),
          worker: "",
          times,
          clockDifferenceMs: Number.NaN,
          timeoutSeconds: timeoutSecondsOf(check),
        },
        null,
      );
    }
  }
}

function keyOf({ host, service }: ObjectName): string {
  return objectKey(Buffer.from(host), service === undefined ? undefined : Buffer.from(service));
}
