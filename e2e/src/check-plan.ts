/** One line of the test core's events. Times are milliseconds since 1970. */
export interface CoreEvent {
  readonly atMs: number;
  readonly event: string;
  /** `host/service`. */
  readonly object: string;
  /** Of a result. */
  readonly output?: string;
}

export type FaultKind = "kill" | "stop" | "drop";

/** One fault of a job server, from the moment it is made until the server answers again. */
export interface Fault {
  readonly kind: FaultKind;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Longest times from plan to result, milliseconds. */
export interface Bounds {
  /** Of a check that was planned after one of two servers was killed. */
  readonly killMs: number;
  /** Of a check that waited on the killed server. */
  readonly waitedMs: number;
  /** Of a check while a server hangs or is cut off. */
  readonly silentMs: number;
}

/** What a run looked like to the core. */
export interface PlanReport {
  readonly planned: number;
  readonly answered: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Checks that were not run because no job server was there. */
  readonly held: number;
  readonly late: readonly string[];
  /** Longest time from plan to result, milliseconds: without fault, after each kind, and of those that waited on a killed server. */
  readonly longestMs: Readonly<Record<FaultKind | "waited" | "none", number>>;
  /** Median of the time from plan to result without fault, milliseconds; undefined if no check met none. */
  readonly medianMs: number | undefined;
}

/** A fault may delay checks planned so long before it, and so long after its end. */
const BEFORE_MS = 10_000;
const AFTER_MS = 5000;

/** @returns undefined for a line that concerns no check */
export function parseCoreEvent(line: string): CoreEvent | undefined {
  const { t, event, host, service, output } = JSON.parse(line) as Record<string, unknown>;
  if (typeof t !== "number" || typeof host !== "string" || typeof service !== "string") return undefined;
  const named = { atMs: t * 1000, event: String(event), object: `${host}/${service}` };
  return typeof output === "string" ? { ...named, output } : named;
}

/** Compares what the core has planned with the results that it got: one for each check, in time. */
export class CheckPlan {
  readonly #bounds: Bounds;
  /** When the check without result was planned, by object. */
  readonly #open = new Map<string, number>();
  readonly #lost: string[] = [];
  readonly #answers: { object: string; plannedMs: number; tookMs: number }[] = [];
  readonly #doubled: string[] = [];
  #planned = 0;
  #held = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  take({ atMs, event, object }: CoreEvent): void {
    if (event === "cancel" && this.#planned > 0) this.#held++; // not while the bridge starts
    if (event === "check") {
      this.#planned++;
      if (this.#open.has(object)) this.#lost.push(object);
      this.#open.set(object, atMs);
    }
    if (event !== "result") return;
    const planned = this.#open.get(object);
    if (planned === undefined) {
      this.#doubled.push(`${object} at ${new Date(atMs).toISOString()}`);
      return;
    }
    this.#open.delete(object);
    this.#answers.push({ object, plannedMs: planned, tookMs: atMs - planned });
  }

  /** Every check that was planned before then has its result. */
  isAnsweredUpTo(ms: number): boolean {
    return [...this.#open.values()].every((plannedMs) => plannedMs >= ms);
  }

  /** @param nowMs a check planned long before it and without result is lost */
  report(faults: readonly Fault[], nowMs: number): PlanReport {
    const longestMs = { none: 0, kill: 0, waited: 0, stop: 0, drop: 0 };
    const late: string[] = [];
    const undisturbed: number[] = [];
    for (const { object, plannedMs, tookMs } of this.#answers) {
      const group = groupOf(plannedMs, faults);
      longestMs[group] = Math.max(longestMs[group], tookMs);
      if (group === "none") undisturbed.push(tookMs);
      if (tookMs > this.#limitOf(group)) late.push(`${object}: ${Math.round(tookMs)} ms (${group})`);
    }
    return {
      planned: this.#planned,
      answered: this.#answers.length,
      lost: [...this.#lost, ...this.#stuck(nowMs)],
      doubled: this.#doubled,
      held: this.#held,
      late,
      longestMs,
      medianMs: undisturbed.toSorted((a, b) => a - b)[undisturbed.length >> 1],
    };
  }

  #stuck(nowMs: number): string[] {
    const latest = nowMs - this.#bounds.waitedMs;
    return [...this.#open].filter(([, plannedMs]) => plannedMs < latest).map(([object]) => object);
  }

  #limitOf(group: FaultKind | "waited" | "none"): number {
    const { killMs, waitedMs, silentMs } = this.#bounds;
    return { none: killMs, kill: killMs, waited: waitedMs, stop: silentMs, drop: silentMs }[group];
  }
}

/** The fault that a check may have met. */
function groupOf(plannedMs: number, faults: readonly Fault[]): FaultKind | "waited" | "none" {
  const met = faults.filter(
    ({ fromMs, toMs }) => plannedMs >= fromMs - BEFORE_MS && plannedMs <= toMs + AFTER_MS,
  );
  const silent = met.find(({ kind }) => kind !== "kill");
  if (silent !== undefined) return silent.kind;
  const [kill] = met;
  if (kill === undefined) return "none";
  return plannedMs < kill.fromMs ? "waited" : "kill";
}
