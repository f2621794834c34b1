/** Moments of one run, in their order; each of milliseconds since 1970, as far as it is known. */
const MOMENTS = [
  ...(["planned", "taken", "accepted", "queued", "grabbed", "started", "ended"] as const),
  ...(["sent", "fetched", "applied"] as const),
] as const;
type Moment = (typeof MOMENTS)[number];

/** One run of a check, as `api/checks` of the bridge gives it. */
export interface CheckRun {
  readonly host: string;
  readonly service?: string | null;
  readonly queue?: string | null;
  readonly worker?: string | null;
  readonly state?: number | string | null;
  readonly timesMs: Readonly<Partial<Record<Moment, number | null>>>;
  /** Of the worker's clock against that of the bridge. */
  readonly clockDifferenceMs?: number | null;
}

/** The time between two known moments. */
export interface Hop {
  readonly name: string;
  readonly fromMs: number;
  readonly lengthMs: number;
}

/** What passes until a moment is reached. */
const UNTIL: Readonly<Record<string, string>> = {
  taken: "late at the core",
  accepted: "to the bridge",
  queued: "to the job server",
  grabbed: "waiting in the queue",
  started: "before the plugin",
  ended: "plugin runs",
  sent: "result is sent",
  fetched: "result waits",
  applied: "to the core",
};
const OF_WORKER: ReadonlySet<string> = new Set(["grabbed", "started", "ended", "sent"]);

/** The hops of a run; times of the worker are moved by the difference of the clocks, none is below zero. */
export function hopsOf({ timesMs, clockDifferenceMs }: CheckRun): Hop[] {
  const hops: Hop[] = [];
  let before: number | undefined;
  let first = 0;
  for (const moment of MOMENTS) {
    const given = timesMs[moment];
    if (typeof given !== "number") continue;
    const at = OF_WORKER.has(moment) ? given - (clockDifferenceMs ?? 0) : given;
    if (before === undefined) first = at;
    else
      hops.push({
        name: UNTIL[moment] ?? moment,
        fromMs: before - first,
        lengthMs: Math.max(at - before, 0),
      });
    before = before === undefined ? at : Math.max(at, before);
  }
  return hops;
}
