import type { TracedCheck } from "@mod-gearman/observe";
import { siteOf, type Target } from "./bridge-answers.ts";
import { isCause, isStuck, type JobPlace, placeOf } from "./job-place.ts";
import type { World } from "./world.ts";

/** A check of a healthy site is mostly back by then. */
const FIRST_LOOK_MS = 5000;
const NEXT_LOOK_MS = 3000;
/** At the end: the bridge makes a picture of the job servers each second, with what workers reported since the former. */
const LOOK_AGAIN_MS = 1000;

interface Look {
  readonly place: JobPlace | undefined;
  readonly isStuck: boolean;
}
const NOTHING: Look = { place: undefined, isStuck: false };

/** Looks at the job servers where the job of a check is. */
export class JobLooks {
  readonly #target: Target;
  readonly #world: World;
  #dueMs: number | undefined;
  /** As the look before found it. */
  #wasStuck = false;

  constructor(target: Target, world: World) {
    this.#target = target;
    this.#world = world;
  }

  /** While the check is followed: looks every few seconds. @returns why it will not move, once two looks in a row found it so */
  async reason(check: TracedCheck | undefined): Promise<JobPlace | undefined> {
    if (check === undefined || !isAtServers(check)) return undefined;
    const nowMs = this.#world.clock.monotonicMs();
    this.#dueMs ??= nowMs + FIRST_LOOK_MS;
    if (nowMs < this.#dueMs) return undefined;
    this.#dueMs = nowMs + NEXT_LOOK_MS;
    const { place, isStuck } = await this.#look(check);
    const isConfirmed = isStuck && this.#wasStuck;
    this.#wasStuck = isStuck;
    return isConfirmed ? place : undefined;
  }

  /** At the end: a second look, if the first one finds no cause. */
  async last(check: TracedCheck | undefined): Promise<JobPlace | undefined> {
    if (check === undefined || !isAtServers(check)) return undefined;
    const { place } = await this.#look(check);
    if (place === undefined || isCause(place)) return place;
    await new Promise<void>((resolve) => void this.#world.clock.setTimeout(resolve, LOOK_AGAIN_MS));
    return (await this.#look(check)).place;
  }

  async #look(check: TracedCheck): Promise<Look> {
    try {
      const site = await siteOf(this.#target, this.#world);
      const place = placeOf(check, site);
      return { place, isStuck: place !== undefined && isStuck(place, check, site) };
    } catch {
      return NOTHING;
    }
  }
}

/** A job server has its job, and the bridge no result of it. */
function isAtServers({ timesMs }: TracedCheck): boolean {
  return timesMs.queued !== null && timesMs.fetched === null;
}
