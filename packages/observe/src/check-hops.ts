/** The ten times of a check, in their order. Four of them are of the worker's clock. */
export const CHECK_POINTS = [
  "planned",
  "taken",
  "accepted",
  "queued",
  "grabbed",
  "started",
  "ended",
  "sent",
  "fetched",
  "applied",
] as const;

export type CheckPoint = (typeof CHECK_POINTS)[number];

/** What lies between two following points, and its weight: where a point is not known, the heaviest hop names the whole. */
const HOPS = [
  ["core", 5],
  ["handover", 1],
  ["submit", 2],
  ["wait", 8],
  ["start", 3],
  ["plugin", 9],
  ["send", 4],
  ["return", 6],
  ["apply", 2],
] as const;

export type CheckHop = (typeof HOPS)[number][0];

/** Names of the hops, in their order. */
export const CHECK_HOPS: readonly CheckHop[] = HOPS.map(([name]) => name);

const FIRST_OF_WORKER = CHECK_POINTS.indexOf("grabbed");
const LAST_OF_WORKER = CHECK_POINTS.indexOf("sent");
const POINTS = CHECK_POINTS.length;

/** By `from * POINTS + to`: the hop of that way. */
const HOP_OF_WAY = new Int8Array(POINTS * POINTS);
for (let from = 0; from < POINTS; from++)
  for (let to = from + 1; to < POINTS; to++) HOP_OF_WAY[from * POINTS + to] = heaviest(from, to);

function heaviest(from: number, to: number): number {
  let best = from;
  for (let at = from; at < to; at++) if ((HOPS[at]?.[1] ?? 0) > (HOPS[best]?.[1] ?? 0)) best = at;
  return best;
}

/** Gets each hop: its index in {@link CHECK_HOPS}, the points between which it lies, and how long it took. */
export type VisitHop = (hop: number, from: number, to: number, ms: number) => void;

/**
 * The hops of a check. A point that is not known (NaN, null, undefined) is passed over, so that their sum is always the time from the
 * first to the last known point. None is negative: the acknowledgement of a job may be read after its worker has it.
 *
 * @param times in milliseconds since 1970, in the order of {@link CHECK_POINTS}, from `offset` on
 * @param clockDifferenceMs by how much the worker's clock is ahead; it is no time of any hop
 */
export function eachHop(
  times: ArrayLike<number | null | undefined>,
  clockDifferenceMs: number,
  visit: VisitHop,
  offset = 0,
): void {
  let from = -1;
  let fromMs = 0;
  for (let to = 0; to < POINTS; to++) {
    const time = times[offset + to];
    if (time === null || time === undefined || Number.isNaN(time)) continue;
    const isOfWorker = to >= FIRST_OF_WORKER && to <= LAST_OF_WORKER;
    const toMs = Math.max(isOfWorker ? time - clockDifferenceMs : time, from === -1 ? -Infinity : fromMs);
    if (from !== -1) visit(HOP_OF_WAY[from * POINTS + to] ?? 0, from, to, toMs - fromMs);
    from = to;
    fromMs = toMs;
  }
}
