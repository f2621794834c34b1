import { CHECK_HOPS, CHECK_POINTS, type CheckHop, type CheckPoint, eachHop } from "./check-hops.ts";

/** A check as the bridge shows it at `api/checks`; null: not known. Its JSON Schema: docs/schema/bridge-checks.json. */
export interface TracedCheck {
  readonly host: string;
  /** null: the check of the host. */
  readonly service: string | null;
  readonly queue: string;
  readonly worker: string | null;
  /** As the worker reported it; null while the check is under way. */
  readonly state: number | null;
  readonly unique: string | null;
  /** Milliseconds since 1970; `grabbed` to `sent` are of the worker's clock. */
  readonly timesMs: Readonly<Record<CheckPoint, number | null>>;
  /** By how much the worker's clock is ahead; no part of any hop. */
  readonly clockDifferenceMs: number | null;
  /** That the core gives the plugin; absent: a bridge of an earlier version. */
  readonly timeoutSeconds?: number | null;
}

export interface TracedHop {
  readonly hop: CheckHop;
  readonly from: CheckPoint;
  readonly to: CheckPoint;
  readonly ms: number;
  readonly isLargest: boolean;
}

/** @throws Error if the text is no answer of a bridge */
export function parseChecks(text: string): TracedCheck[] {
  const { checks } = JSON.parse(text) as { checks?: unknown };
  if (!Array.isArray(checks) || !checks.every(isCheck))
    throw new Error("it answers with something else than checks");
  return checks;
}

function isCheck(value: unknown): value is TracedCheck {
  const { host, queue, service, worker, unique, ...numbers } = (value ?? {}) as Record<string, unknown>;
  if (typeof host !== "string" || typeof queue !== "string") return false;
  if (![service, worker, unique].every((text) => text === null || typeof text === "string")) return false;
  const { state, clockDifferenceMs, timeoutSeconds = null } = numbers; // earlier bridges do not say the last one
  const times = (numbers.timesMs ?? {}) as Record<string, unknown>;
  const all = [state, clockDifferenceMs, timeoutSeconds, ...CHECK_POINTS.map((point) => times[point])];
  return all.every((number) => number === null || typeof number === "number");
}

/** The hops that are known, in their order. */
export function hopsOf({
  timesMs,
  clockDifferenceMs,
}: Pick<TracedCheck, "timesMs" | "clockDifferenceMs">): TracedHop[] {
  const hops: Omit<TracedHop, "isLargest">[] = [];
  const times = CHECK_POINTS.map((point) => timesMs[point]);
  eachHop(times, clockDifferenceMs ?? 0, (hop, from, to, ms) => {
    const names = { hop: CHECK_HOPS[hop], from: CHECK_POINTS[from], to: CHECK_POINTS[to] };
    hops.push({ ...(names as Pick<TracedHop, "hop" | "from" | "to">), ms });
  });
  const largest = Math.max(...hops.map(({ ms }) => ms));
  const marked = hops.findIndex(({ ms }) => ms === largest);
  return hops.map((one, at) => ({ ...one, isLargest: at === marked && largest > 0 }));
}
