import type { Clock } from "@mod-gearman/base";
import { buildSnapshot } from "../model/build-snapshot.ts";
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
  readonly clock: Pick<Clock, "monotonicMs" | "wallMs">;
  /** Reads the tables of the program. */
  read(): SiteParts | Promise<SiteParts>;
  readonly askWorker: AskWorker;
  readonly others: OtherListeners;
  readonly can: SiteSnapshot["can"];
  viewers(): SiteSnapshot["viewers"];
}

/** A snapshot this new is given again: any number of requests cost no more than one. */
const FRESH_MS = 900;

interface Pair {
  readonly own: SiteSnapshot;
  readonly merged: SiteSnapshot;
}

/** The newest snapshot, made on request. */
export class SnapshotKeeper {
  readonly #sources: SnapshotSources;
  readonly #rates = new RateKeeper();
  readonly #resultQueues = new ResultQueues();
  readonly #reports: ReportKeeper;
  #atMs = Number.NEGATIVE_INFINITY;
  #latest: Promise<Pair> | undefined;

  constructor(sources: SnapshotSources) {
    this.#sources = sources;
    this.#reports = new ReportKeeper(sources.askWorker, sources.clock);
  }

  /** With other job servers. */
  async site(): Promise<SiteSnapshot> {
    return (await this.#pair()).merged;
  }

  /** Of this program alone. */
  async own(): Promise<SiteSnapshot> {
    return (await this.#pair()).own;
  }

  #pair(): Promise<Pair> {
    const nowMs = this.#sources.clock.monotonicMs();
    if (this.#latest !== undefined && nowMs - this.#atMs < FRESH_MS) return this.#latest;
    this.#atMs = nowMs;
    this.#latest = this.#take();
    this.#latest.catch(() => {
      this.#latest = undefined; // the next request tries again
    });
    return this.#latest;
  }

  async #take(): Promise<Pair> {
    const { program, version, clock, can, others } = this.#sources;
    const [parts] = await Promise.all([this.#sources.read(), others.refresh()]);
    void this.#reports.refresh(parts.servers); // its answers are in one of the next snapshots
    const viewers = this.#sources.viewers();
    const occasion = {
      viewers,
      program,
      version,
      can,
      atMs: clock.wallMs(),
      monotonicMs: clock.monotonicMs(),
    };
    const memory = {
      ...{ rates: this.#rates, reports: this.#reports.reports },
      resultQueues: this.#resultQueues,
    };
    const own = buildSnapshot(parts, memory, occasion);
    return { own, merged: mergeSnapshots(own, others.latest) };
  }
}
