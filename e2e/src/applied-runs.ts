import { waitFor } from "@mod-gearman/testkit";

import type { CoreEvent } from "./check-plan.ts";

/** Which runs a core has applied, where the output of a check says which run it is of. */
export class AppliedRuns {
  readonly #planned = new Set<string>();
  readonly #answered = new Map<string, number>();
  readonly #runs = new Set<string>();
  readonly doubled: string[] = [];

  take({ atMs, event, object, output }: CoreEvent): void {
    if (event === "check") this.#planned.add(object);
    if (event !== "result") return;
    this.#answered.set(object, atMs);
    const run = `${object}: ${output}`;
    if (this.#runs.has(run)) this.doubled.push(run);
    this.#runs.add(run);
  }

  get results(): number {
    return this.#runs.size + this.doubled.length;
  }

  /** Objects that were planned at any time. */
  get objects(): number {
    return this.#planned.size;
  }

  /** Every object has a result of a check that ended from now on, so none is stuck. @param objects how many there are */
  async allAnswered(objects: number, when: string, limitMs: number): Promise<void> {
    const since = Date.now();
    const left = (): number => (this.objects < objects ? objects : this.unansweredSince(since).length);
    await waitFor(`a result of every service ${when}`, () => left() === 0, limitMs);
  }

  /** Objects of those without a result since then. */
  unansweredSince(ms: number): string[] {
    return [...this.#planned].filter((object) => (this.#answered.get(object) ?? 0) < ms);
  }
}
