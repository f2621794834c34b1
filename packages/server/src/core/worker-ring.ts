/** A worker of the function, linked to its neighbours in the ring and among the watchers. */
interface RingEntry<E> {
  readonly peer: { readonly isAsleep: boolean; readonly abilities: { readonly ready: unknown } };
  ringBefore: E | undefined;
  ringAfter: E | undefined;
  isWatcher: boolean;
  watcherBefore: E | undefined;
  watcherAfter: E | undefined;
}

/**
 * The workers of one function in the order of registration, linked as a ring so that they are woken in turn.
 * Source: job-server.md 2.5.
 */
export class WorkerRing<E extends RingEntry<E>> {
  #size = 0;
  #first: E | undefined; // registered first
  #start: E | undefined; // the next wake-up starts here
  #sleepers = 0; // among those with few functions
  #watcher: E | undefined; // the first of those with many functions
  #watchers = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * The first of the workers with many functions, which are not in the count of sleepers and have a list of
   * ready functions. The others follow through `watcherAfter`.
   */
  get watcher(): E | undefined {
    return this.#watcher;
  }

  /** Number of workers with many functions; a new job is compared with each of them. */
  get watchers(): number {
    return this.#watchers;
  }

  get sleepers(): number {
    let count = this.#sleepers;
    for (let one = this.#watcher; one !== undefined; one = one.watcherAfter)
      if (one.peer.isAsleep) count += 1;
    return count;
  }

  /** In the order of registration. */
  *[Symbol.iterator](): IterableIterator<E> {
    let at = this.#first;
    for (let left = this.#size; left > 0 && at !== undefined; left--) {
      yield at;
      at = at.ringAfter;
    }
  }

  /** `ability` must not be in a ring. */
  add(ability: E): void {
    const first = this.#first ?? ability;
    const last = first.ringBefore ?? ability;
    ability.ringBefore = last;
    ability.ringAfter = first;
    last.ringAfter = ability;
    first.ringBefore = ability;
    this.#first = first;
    this.#start ??= ability;
    this.#size += 1;
    if (ability.peer.abilities.ready !== undefined) this.#addWatcher(ability);
    else if (ability.peer.isAsleep) this.#sleepers += 1;
  }

  /** `ability` must be contained. */
  delete(ability: E): void {
    const { ringBefore, ringAfter } = ability;
    const next = ringAfter === ability ? undefined : ringAfter;
    if (ringBefore !== undefined) ringBefore.ringAfter = ringAfter;
    if (ringAfter !== undefined) ringAfter.ringBefore = ringBefore;
    if (this.#first === ability) this.#first = next;
    if (this.#start === ability) this.#start = next;
    ability.ringBefore = undefined;
    ability.ringAfter = undefined;
    this.#size -= 1;
    if (ability.isWatcher) this.#deleteWatcher(ability);
    else if (ability.peer.isAsleep) this.#sleepers -= 1;
  }

  /** The peer of `ability`, which must be contained, has many functions now. */
  watch(ability: E): void {
    if (ability.isWatcher) return;
    if (ability.peer.isAsleep) this.#sleepers -= 1;
    this.#addWatcher(ability);
  }

  /** A peer with few functions, one of which is contained, fell asleep (1) or woke up (−1). */
  countSleeper(change: 1 | -1): void {
    this.#sleepers += change;
  }

  /**
   * Wakes sleeping workers: all, or the first `limit` of the ring, which then starts after the last one
   * examined.
   *
   * @param limit 0 = all
   * @param wake called with each and ends its sleep; workers may leave the ring during the call
   */
  wake(limit: number, wake: (peer: E["peer"]) => void): void {
    const { sleepers } = this;
    let toWake = limit === 0 ? sleepers : Math.min(limit, sleepers);
    for (let left = this.#size; left > 0 && toWake > 0; left--) {
      const ability = this.#start;
      if (ability === undefined) return;
      this.#start = ability.ringAfter;
      if (!ability.peer.isAsleep) continue;
      toWake -= 1;
      wake(ability.peer);
    }
  }

  #addWatcher(ability: E): void {
    this.#watchers += 1;
    ability.isWatcher = true;
    ability.watcherAfter = this.#watcher;
    if (this.#watcher !== undefined) this.#watcher.watcherBefore = ability;
    this.#watcher = ability;
  }

  #deleteWatcher(ability: E): void {
    this.#watchers -= 1;
    const { watcherBefore, watcherAfter } = ability;
    if (watcherBefore === undefined) this.#watcher = watcherAfter;
    else watcherBefore.watcherAfter = watcherAfter;
    if (watcherAfter !== undefined) watcherAfter.watcherBefore = watcherBefore;
    ability.isWatcher = false;
    ability.watcherBefore = undefined;
    ability.watcherAfter = undefined;
  }
}
