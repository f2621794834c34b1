import type { Ability } from "./ability.ts";
import type { JobFunction } from "./job-function.ts";
import { ReadyFunctions } from "./ready-functions.ts";

/** Peers with more functions than this are not looked through one by one. */
export const MANY_FUNCTIONS = 64;

/**
 * The functions that one peer can do, in the order in which they are tried: newest CAN_DO first. Every change takes
 * constant time (logarithmic with many functions). Source: job-server.md 2.4.
 */
export class Abilities {
  readonly #byFunction = new Map<JobFunction, Ability>();
  #newest: Ability | undefined;
  #oldest: Ability | undefined;
  #highestRank = 0;
  #lowestRank = 0;
  #ready: ReadyFunctions | undefined;

  get size(): number {
    return this.#byFunction.size;
  }

  /** The one that is tried first; the others follow through `older`. */
  get newest(): Ability | undefined {
    return this.#newest;
  }

  /** Set as soon as there were more than {@link MANY_FUNCTIONS}. */
  get ready(): ReadyFunctions | undefined {
    return this.#ready;
  }

  /** In the order of registration. Entries may come and go meanwhile. */
  [Symbol.iterator](): IterableIterator<Ability> {
    return this.#byFunction.values();
  }

  find(jobFunction: JobFunction): Ability | undefined {
    return this.#byFunction.get(jobFunction);
  }

  /** `ability` is for a function that is not in here. */
  add(ability: Ability): void {
    this.#byFunction.set(ability.function, ability);
    this.#linkNewest(ability);
    if (this.#ready !== undefined) this.#ready.noteAll(ability, this.size);
    else if (this.size > MANY_FUNCTIONS) this.#becomeMany();
  }

  /** `ability` is one of these. */
  delete(ability: Ability): void {
    this.#byFunction.delete(ability.function);
    this.#unlink(ability);
    ability.rank = 0;
  }

  /** `ability`, one of these, is tried first from now on. */
  moveToFront(ability: Ability): void {
    if (this.#newest === ability) return;
    this.#unlink(ability);
    this.#linkNewest(ability);
    this.#ready?.noteAll(ability, this.size);
  }

  /** `ability`, one of these, is tried last from now on. */
  moveToEnd(ability: Ability): void {
    if (this.#oldest === ability) return;
    this.#unlink(ability);
    this.#lowestRank -= 1;
    ability.rank = this.#lowestRank;
    ability.newer = this.#oldest;
    if (this.#oldest === undefined) this.#newest = ability;
    else this.#oldest.older = ability;
    this.#oldest = ability;
    this.#ready?.noteAll(ability, this.size);
  }

  #becomeMany(): void {
    this.#ready = new ReadyFunctions();
    for (const ability of this) {
      ability.function.workers.watch(ability);
      this.#ready.noteAll(ability, this.size);
    }
  }

  #linkNewest(ability: Ability): void {
    this.#highestRank += 1;
    ability.rank = this.#highestRank;
    ability.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = ability;
    else this.#newest.newer = ability;
    this.#newest = ability;
  }

  #unlink(ability: Ability): void {
    const { older, newer } = ability;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    ability.older = undefined;
    ability.newer = undefined;
  }
}
