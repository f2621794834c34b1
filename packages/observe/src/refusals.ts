import { type Clock, type Logger, oneLine } from "@mod-gearman/base";
import { type RateLimited, rateLimited } from "./rate-limited.ts";

const LOG_EVERY_MS = 60_000;
const MAX_NAME = 100;
/** Peers that one line names; the others are counted, and named by the next ones. */
const MAX_NAMED = 10;
const MAX_PEERS = 1000;

export interface RefusalsOptions {
  readonly logger: Logger;
  readonly clock: Pick<Clock, "monotonicMs">;
  /** What is refused, for the log: `a result of`. */
  readonly what: string;
  /** The line about peers that speak the legacy form. */
  readonly legacyText: (names: string) => string;
}

/**
 * Counts and logs messages of version 2 of the envelope that are refused, one line a minute for each reason, and names once a
 * minute the peers that speak the legacy form; more than fit into a line in turn. Source: envelope-v2.md 6.
 *
 * @typeParam Reason names of a closed list
 */
export class Refusals<Reason extends string> {
  readonly counts = new Map<Reason, number>();
  /** When each reason was met last, of the monotonic clock. */
  readonly lastAtMs = new Map<Reason, number>();
  readonly #options: RefusalsOptions;
  readonly #limited = new Map<Reason, RateLimited>();
  readonly #peers = new Set<string>();
  #warnedAt = Number.NEGATIVE_INFINITY;
  /** The last peer that a line has named. */
  #named = "";

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  get total(): number {
    let sum = 0;
    for (const count of this.counts.values()) sum += count;
    return sum;
  }

  /**
   * @param why the reason in words
   * @param who what is known of the sender
   */
  refused(reason: Reason, why: string, who: string): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
    this.lastAtMs.set(reason, this.#options.clock.monotonicMs());
    this.#logOf(reason)(`refused ${this.#options.what} ${oneLine(who, MAX_NAME)}: ${why} (${reason})`);
  }

  /** A message in the legacy form was taken. */
  legacy(peer: string): void {
    const { clock, logger, legacyText } = this.#options;
    if (this.#peers.size < MAX_PEERS) this.#peers.add(oneLine(peer, MAX_NAME));
    const now = clock.monotonicMs();
    if (now - this.#warnedAt < LOG_EVERY_MS) return;
    this.#warnedAt = now;
    const all = [...this.#peers].toSorted();
    this.#peers.clear();
    const names = all.length > MAX_NAMED ? this.#nextOf(all) : all;
    this.#named = names.at(-1) ?? "";
    const more = all.length > names.length ? ` and ${all.length - names.length} more` : "";
    logger.warn(legacyText(`${names.join(", ")}${more}`));
  }

  /** Those behind the last one that was named, and from the front again. */
  #nextOf(sorted: readonly string[]): string[] {
    const at = sorted.findIndex((name) => name > this.#named);
    const from = Math.max(0, at);
    return [...sorted.slice(from), ...sorted.slice(0, from)].slice(0, MAX_NAMED);
  }

  #logOf(reason: Reason): RateLimited {
    const { logger, clock } = this.#options;
    const known = this.#limited.get(reason);
    if (known !== undefined) return known;
    const made = rateLimited(
      (text) => logger.error(text),
      LOG_EVERY_MS,
      () => clock.monotonicMs(),
    );
    this.#limited.set(reason, made);
    return made;
  }
}
