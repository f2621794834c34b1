import type { Clock } from "@mod-gearman/base";
import { buildSnapshot } from "../model/build-snapshot.ts";
import type { IsHere } from "../model/known-servers.ts";
import { mergeSnapshots } from "../model/merge-snapshots.ts";
import type { SiteParts } from "../model/parts.ts";
import { RateKeeper } from "../model/rates.ts";
import { ResultQueues } from "../model/result-queues.ts";
import type { SiteSnapshot } from "../model/snapshot.ts";
import type { OtherListeners } from "./other-listeners.ts";
import { type AskWorker, ReportKeeper } from "./report-keeper.ts";

/** What snapshots are made from. */
export interface SnapshotSources {
  readonly program: string;
  readonly version: string;
  readonly clock: Pick<Clock, "monotonicMs" | "wallMs" | "setTimeout" | "clearTimeout">;
  /** Reads the tables of the program. */
  read(): SiteParts | Promise<SiteParts>;
  readonly askWorker: AskWorker;
  readonly others: OtherListeners;
  readonly isHere: IsHere;
  readonly can: SiteSnapshot["can"];
  viewers(): SiteSnapshot["viewers"];
}

/** A snapshot this new is given again: any number of requests cost no more than one. */
const FRESH_MS = 900;

/** The newest snapshot, made on request. */
export class SnapshotKeeper {
  readonly #sources: SnapshotSources;
  readonly #rates = new RateKeeper();
  readonly #resultQueues = new ResultQueues();
  readonly #reports: ReportKeeper;
  #atMs = Number.NEGATIVE_INFINITY;
  #latest: Promise<SiteSnapshot> | undefined;
  #merged: { readonly own: Promise<SiteSnapshot>; readonly site: Promise<SiteSnapshot> } | undefined;

  constructor(sources: SnapshotSources) {
    this.#sources = sources;
    this.#reports = new ReportKeeper(sources.askWorker, sources.clock);
  }

  /** With other job servers. */
  site(): Promise<SiteSnapshot> {
    const own = this.own();
    if (this.#merged?.own !== own) this.#merged = { own, site: this.#merge(own) };
    return this.#merged.site;
  }

  async #merge(own: Promise<SiteSnapshot>): Promise<SiteSnapshot> {
    const { others } = this.#sources;
    const [snapshot] = await Promise.all([own, others.refresh()]);
    return mergeSnapshots(snapshot, others.latest, this.#sources.isHere);
  }

  /** Of this program alone: without the others, which may wait for this one. */
  own(): Promise<SiteSnapshot> {
    const nowMs = this.#sources.clock.monotonicMs();
    if (this.#latest !== undefined && nowMs - this.#atMs < FRESH_MS) return this.#latest;
    this.#atMs = nowMs;
    this.#latest = this.#take();
    this.#latest.catch(() => {
      this.#latest = undefined; // the next request tries again
    });
    return this.#latest;
  }

  async #take(): Promise<SiteSnapshot> {
    const { program, version, clock, can } = this.#sources;
    const parts = await this.#sources.read();
    const [atMs, monotonicMs] = [clock.wallMs(), clock.monotonicMs()];
    await this.#reports.refresh(parts.servers);
    const viewers = this.#sources.viewers();
    const occasion = { viewers, program, version, can, atMs, monotonicMs };
    const memory = {
      ...{ rates: this.#rates, reports: this.#reports.reports },
      resultQueues: this.#resultQueues,
    };
    return buildSnapshot(parts, memory, occasion);
  }
}
