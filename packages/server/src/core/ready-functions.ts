import { Heap } from "./heap.ts";
import { HIGH, LOW, NORMAL, PRIORITIES, type Priority } from "./job-request.ts";

/** The part of an ability that is needed here. */
export interface Ranked {
  rank: number;
  readyBits: number;
  readonly function: { queue(priority: Priority): { readonly length: number } };
}

interface Entry<A> {
  readonly ability: A;
  /** Rank of the ability when the entry was made; the entry is stale if they differ. */
  readonly rank: number;
}

const SLACK_ENTRIES = 64;

/**
 * The functions of one peer that may have waiting jobs, the one searched first at the top. For peers with too
 * many functions to search them all. Entries are removed lazily: if the queue is found empty, or the rank of
 * the function has changed.
 */
export class ReadyFunctions<A extends Ranked> {
  readonly #heaps: Readonly<Record<Priority, Heap<Entry<A>>>> = {
    [HIGH]: newHeap<A>(),
    [NORMAL]: newHeap<A>(),
    [LOW]: newHeap<A>(),
  };

  /** Call it when a queue of the function is no longer empty. */
  note(ability: A, priority: Priority): void {
    const bit = 1 << priority;
    if ((ability.readyBits & bit) !== 0) return;
    ability.readyBits |= bit;
    this.#heaps[priority].push({ ability, rank: ability.rank });
  }

  /** Call it for a new ability, and when the rank of one has changed. */
  noteAll(ability: A, abilityCount: number): void {
    ability.readyBits = 0;
    for (const priority of PRIORITIES) {
      if (ability.function.queue(priority).length === 0) continue;
      if (this.#heaps[priority].length > 2 * abilityCount + SLACK_ENTRIES) this.#dropStale(priority);
      this.note(ability, priority);
    }
  }

  /** The function searched first among those with waiting jobs of `priority`; its queue is not empty. */
  first(priority: Priority): A | undefined {
    const heap = this.#heaps[priority];
    for (;;) {
      const entry = heap.first;
      if (entry === undefined) return undefined;
      const { ability, rank } = entry;
      if (ability.rank === rank) {
        if (ability.function.queue(priority).length > 0) return ability;
        ability.readyBits &= ~(1 << priority);
      }
      heap.shift();
    }
  }

  #dropStale(priority: Priority): void {
    const heap = this.#heaps[priority];
    for (const entry of heap.clear()) if (entry.ability.rank === entry.rank) heap.push(entry);
  }
}

function newHeap<A>(): Heap<Entry<A>> {
  return new Heap<Entry<A>>((a, b) => a.rank > b.rank);
}
