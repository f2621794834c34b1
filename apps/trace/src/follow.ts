import type { TraceOptions } from "@mod-gearman/config";
import type { TracedCheck } from "@mod-gearman/observe";
import { checksOf, type Target } from "./bridge-answers.ts";
import { JobLooks } from "./job-looks.ts";
import type { JobPlace } from "./job-place.ts";
import type { World } from "./world.ts";

const POLL_MS = 300;
/** Polls in a row that lack a check: the bridge has given it up. */
const LOST_POLLS = 2;
/** By which the time of one run may differ from answer to answer; runs of an object are further apart. */
const SAME_RUN_MS = 500;

/** Time limit of a check, where a bridge of an earlier version does not say it. */
const USUAL_LIMIT_SECONDS = 60;

/** How far a check has come. */
export interface Followed {
  /** undefined: it was not even started. */
  readonly check: TracedCheck | undefined;
  readonly end: "finished" | "late" | "lost";
  /** Of a job that is on its way, where that is known. */
  readonly place?: JobPlace | undefined;
  /** For which it was followed. */
  readonly seconds: number;
}

const acceptedAt = ({ timesMs }: TracedCheck): number => timesMs.accepted ?? 0;
const isDone = ({ timesMs }: TracedCheck): boolean => timesMs.applied !== null;

function isSameRun(one: TracedCheck, other: TracedCheck): boolean {
  const { planned } = one.timesMs;
  if (planned !== null && planned === other.timesMs.planned) return true;
  return Math.abs(acceptedAt(one) - acceptedAt(other)) < SAME_RUN_MS;
}

/** A core may plan a check again while it runs: the server joins both jobs, and the bridge knows the later run only. */
function joinedBy(seen: TracedCheck, checks: readonly TracedCheck[]): TracedCheck | undefined {
  const limitMs = (seen.timeoutSeconds ?? USUAL_LIMIT_SECONDS) * 1000;
  return checks.findLast((one) => {
    const laterMs = acceptedAt(one) - acceptedAt(seen);
    return laterMs > 0 && laterMs < limitMs && !isDone(one);
  });
}

/** The one run that is followed, through answers of the bridge. */
class SeenRun {
  #check: TracedCheck | undefined;
  #missed = 0;

  /** As it was last seen. */
  get check(): TracedCheck | undefined {
    return this.#check;
  }

  get isLost(): boolean {
    return this.#check !== undefined && this.#missed >= LOST_POLLS;
  }

  /** @param checks of the object, the newest first; without a run the oldest is taken @returns the run, if it is among them */
  find(checks: readonly TracedCheck[]): TracedCheck | undefined {
    const seen = this.#check;
    const found =
      seen === undefined
        ? checks.at(-1)
        : (checks.find((one) => isSameRun(one, seen)) ?? joinedBy(seen, checks));
    this.#missed = found === undefined ? this.#missed + 1 : 0;
    this.#check = found ?? seen;
    return found;
  }
}

/**
 * Waits for the next run: one that is under way, or a later one; with `now` only a later one. It ends early if the run will not come back.
 *
 * @param start asks for a run; called with `now`
 */
export async function follow(
  target: Target,
  { now, timeoutSeconds }: Pick<TraceOptions, "now" | "timeoutSeconds">,
  world: World,
  start: () => void,
): Promise<Followed> {
  const { clock } = world;
  const startMs = clock.monotonicMs();
  const followedSeconds = (): number => Math.ceil((clock.monotonicMs() - startMs) / 1000);
  const former = await checksOf(target, world);
  const newestOld = Math.max(-Infinity, ...former.filter((one) => now || isDone(one)).map(acceptedAt));
  if (now) start();
  const looks = new JobLooks(target, world);
  const run = new SeenRun();
  for (;;) {
    const fresh = (await checksOf(target, world)).filter((one) => acceptedAt(one) > newestOld);
    const check = run.find(fresh);
    if (check !== undefined && isDone(check)) return { check, end: "finished", seconds: followedSeconds() };
    if (run.isLost)
      return {
        check: run.check,
        end: "lost",
        seconds: followedSeconds(),
        place: await looks.last(run.check),
      };
    const place = await looks.reason(check);
    if (place !== undefined) return { check, end: "late", seconds: followedSeconds(), place };
    if (clock.monotonicMs() + POLL_MS > startMs + timeoutSeconds * 1000)
      return { check: run.check, end: "late", seconds: timeoutSeconds, place: await looks.last(run.check) };
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, POLL_MS));
  }
}
