import { type Ranked, ReadyFunctions } from "./ready-functions.ts";

/** Peers with more functions than this keep an index of ready ones. */
export const MANY_FUNCTIONS = 64;

/** One function of a peer, linked to its neighbours in the order of the peer. */
interface Listed<A> extends Ranked {
  older: A | undefined;
  newer: A | undefined;
  readonly function: Ranked["function"] & { readonly workers: { watch(ability: A): void } };
}

/**
 * The functions that one peer can do, in the order in which they are tried: newest CAN_DO first. Every change takes
 * constant time (logarithmic with many functions). Source: job-server.md 2.4.
 */
export class Abilities<A extends Listed<A>> {
  readonly #byFunction = new Map<A["function"], A>();
  #newest: A | undefined;
  #oldest: A | undefined;
  #highestRank = 0;
  #lowestRank = 0;
  #ready: ReadyFunctions<A> | undefined;

  get size(): number {
    return this.#byFunction.size;
  }

  /** Searched first; the others follow through `older`. */
  get newest(): A | undefined {
    return this.#newest;
  }

  /** Defined once there were more than {@link MANY_FUNCTIONS}. */
  get ready(): ReadyFunctions<A> | undefined {
    return this.#ready;
  }

  /** In the order of registration. Entries may be added and removed during the iteration. */
  [Symbol.iterator](): IterableIterator<A> {
    return this.#byFunction.values();
  }

  find(jobFunction: A["function"]): A | undefined {
    if (this.#newest?.function === jobFunction) return this.#newest;
    return this.#byFunction.get(jobFunction);
  }

  /** The function of `ability` must not be contained. */
  add(ability: A): void {
    this.#byFunction.set(ability.function, ability);
    this.#linkNewest(ability);
    if (this.#ready !== undefined) this.#ready.noteAll(ability, this.size);
    else if (this.size > MANY_FUNCTIONS) this.#becomeMany();
  }

  /** `ability` must be contained. */
  delete(ability: A): void {
    this.#byFunction.delete(ability.function);
    this.#unlink(ability);
    ability.rank = 0;
  }

  /** `ability` must be contained; it is searched first from now on. */
  moveToFront(ability: A): void {
    if (this.#newest === ability) return;
    this.#unlink(ability);
    this.#linkNewest(ability);
    this.#ready?.noteAll(ability, this.size);
  }

  /** `ability` must be contained; it is searched last from now on. */
  moveToEnd(ability: A): void {
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
    this.#ready = new ReadyFunctions<A>();
    for (const ability of this) {
      ability.function.workers.watch(ability);
      this.#ready.noteAll(ability, this.size);
    }
  }

  #linkNewest(ability: A): void {
    this.#highestRank += 1;
    ability.rank = this.#highestRank;
    ability.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = ability;
    else this.#newest.newer = ability;
    this.#newest = ability;
  }

  #unlink(ability: A): void {
    const { older, newer } = ability;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    ability.older = undefined;
    ability.newer = undefined;
  }
}
