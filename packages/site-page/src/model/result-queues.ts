import { labelOf } from "./label.ts";
import type { SiteParts } from "./parts.ts";

/** Of modules that say nothing else. */
const USUAL = "check_results";
/** A bridge answers requests for keys there. Source: envelope-v2.md 12. */
const ENROLMENT = "mod_gearman_enroll";
const BRIDGE = /^.+@mod_gearman_bridge\/[\w.+~-]+$/s;
/** Clients may make up any number of names. */
const MOST = 50;

/** Queues that results go to, by the names that are shown. What a bridge of ours takes stays known while that bridge is away. */
export class ResultQueues {
  readonly #seen = new Set<string>();
  #own = USUAL;

  /** To be called with each look at the site. */
  learn({ servers, bridge }: SiteParts): void {
    if (bridge?.resultQueue !== undefined) this.#own = labelOf(bridge.resultQueue);
    const bridges = servers.flatMap(({ workers }) => workers.filter(({ clientId }) => BRIDGE.test(clientId)));
    for (const name of bridges.flatMap(({ functions }) => functions))
      if (name !== ENROLMENT && this.#seen.size < MOST) this.#seen.add(labelOf(name));
  }

  /** Of this site's own module, as far as that is known. */
  isOwn(name: string): boolean {
    return name === this.#own;
  }

  has(name: string): boolean {
    return name === USUAL || this.isOwn(name) || this.#seen.has(name);
  }
}
