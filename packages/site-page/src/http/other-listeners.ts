import { askPage, listenerUrl, type PageAnswer } from "@mod-gearman/admin-http";
import type { Clock } from "@mod-gearman/base";
import { fitsSchema } from "../model/fits-schema.ts";
import type { OtherSite } from "../model/merge-snapshots.ts";
import { SNAPSHOT_SCHEMA } from "../model/schema.ts";
import type { SiteSnapshot } from "../model/snapshot.ts";
import { isReceiver, signRequest } from "./signed-request.ts";

const TIMEOUT_MS = 2000;
/** Answers this old are given without asking again. With viewers none gets older, also while one of the others does not answer. */
const FRESH_MS = 2 * TIMEOUT_MS;
/** Queues of a million jobs are purged in less. */
const ACTION_TIMEOUT_MS = 30_000;
const MAX_BYTES = 4 * 1024 * 1024;
const MOST_RECEIVER_BYTES = 1024;

/** An action for another listener. */
export interface ForwardedAction {
  readonly values: Readonly<Record<string, string>>;
  readonly token: string;
  readonly clock: Pick<Clock, "wallMs">;
  /** Who asks, for the log there. */
  readonly by: string;
}

interface Answer {
  readonly site: OtherSite;
  /** Monotonic. */
  readonly atMs: number;
}

/** The pages of other programs, asked for their own part only. */
export class OtherListeners {
  readonly #addresses: readonly string[];
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #latest = new Map<string, Answer>();
  #asking: Promise<void> | undefined;

  /** @param addresses `HOST:PORT` or `PORT` of this machine */
  constructor(addresses: readonly string[], clock: Pick<Clock, "monotonicMs">) {
    this.#addresses = addresses;
    this.#clock = clock;
  }

  get latest(): readonly OtherSite[] {
    return this.#addresses.flatMap((one) => this.#latest.get(one)?.site ?? []);
  }

  has(name: string): boolean {
    return this.#addresses.includes(name);
  }

  /** Asks all of them; a round under way is joined. Resolves at once if the answers of an earlier round are fresh. */
  refresh(): Promise<void> {
    this.#asking ??= Promise.all(this.#addresses.map((one) => this.#ask(one)))
      .then(() => undefined)
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#addresses.every((one) => this.#fresh(one) !== undefined) ? Promise.resolve() : this.#asking;
  }

  /**
   * Has the program at `name` do something with its own job server, which it knows by another name. Rejects if it does not answer.
   *
   * @param name one of the addresses
   */
  async forward(name: string, { values, token, clock, by }: ForwardedAction): Promise<PageAnswer> {
    const known = this.#fresh(name);
    const site = known !== undefined && "snapshot" in known ? known : await this.#ask(name);
    if ("away" in site) throw new Error(site.away);
    const body = JSON.stringify({ ...valuesThere(values, site.snapshot), by });
    const authorization = signRequest(token, await receiverAt(name), body, clock);
    return await askPage(`${listenerUrl(name)}api/actions`, {
      ...{ timeoutMs: ACTION_TIMEOUT_MS, maxBytes: MAX_BYTES, body },
      headers: { authorization, "content-type": "application/json" },
    });
  }

  #fresh(name: string): OtherSite | undefined {
    const answer = this.#latest.get(name);
    return answer !== undefined && this.#clock.monotonicMs() - answer.atMs < FRESH_MS
      ? answer.site
      : undefined;
  }

  async #ask(name: string): Promise<OtherSite> {
    const site = await askedSite(name);
    this.#latest.set(name, { site, atMs: this.#clock.monotonicMs() });
    return site;
  }
}

/** Never rejects. */
async function askedSite(name: string): Promise<OtherSite> {
  try {
    const { status, text } = await askPage(`${listenerUrl(name)}api/site?own`, {
      ...{ timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES },
    });
    if (status !== 200) throw new Error(`it answered ${status}`);
    return { name, snapshot: readSnapshot(text) };
  } catch (error) {
    return { name, away: error instanceof Error ? error.message : String(error) };
  }
}

/** Asked for each action: it is another one after a start of the program there. */
async function receiverAt(name: string): Promise<string> {
  const { status, text } = await askPage(`${listenerUrl(name)}api/receiver`, {
    ...{ timeoutMs: TIMEOUT_MS, maxBytes: MOST_RECEIVER_BYTES },
  });
  const { id } = status === 200 ? (JSON.parse(text) as { id?: unknown }) : {};
  if (!isReceiver(id)) throw new Error("it is of another version: use its own page");
  return id;
}

/** A check is run by a bridge, which may have several job servers; all else is done at the one of that page. */
function valuesThere(
  { server: _, ...values }: ForwardedAction["values"],
  { servers }: SiteSnapshot,
): ForwardedAction["values"] {
  if (values.action === "run") return values;
  const [own, ...more] = servers;
  if (own === undefined || more.length > 0) throw new Error("it has not one job server: use its own page");
  return { ...values, server: own.name };
}

/** A page of an earlier version says of no server what can be done with it. */
function readSnapshot(text: string): SiteSnapshot {
  const given = JSON.parse(text) as Partial<SiteSnapshot> | null;
  const servers = given?.servers;
  const snapshot = {
    ...given,
    servers: Array.isArray(servers) ? servers.map((one) => ({ actions: [], ...one })) : servers,
  };
  if (!fitsSchema(SNAPSHOT_SCHEMA, snapshot)) throw new Error("its answer is of another version");
  return snapshot as SiteSnapshot;
}
