import type { Clock, Logger } from "@mod-gearman/base";
import { rateLimited } from "@mod-gearman/observe";
import type { OutgoingResult } from "./outgoing-result.ts";
import type { RecordStore } from "./record-store.ts";
import type { SpoolLocation } from "./router-settings.ts";
import { SpooledJobs } from "./spooled-jobs.ts";
import type { Submitter } from "./submitter.ts";

/** Opens the spool of a location. @throws Error with the reason why it cannot be used now */
export type SpoolOpener = (location: SpoolLocation) => RecordStore;

export interface ReloadableSpoolOptions {
  readonly openSpool: SpoolOpener;
  readonly submitter: Submitter;
  readonly clock: Clock;
  readonly logger: Logger;
}

const RETRY_EVERY_MS = 1000;
const LOG_EVERY_MS = 60_000;

/** The result spool at the location in the settings, which a reload may change. `retry` repeats what has failed. */
export class ReloadableSpool {
  readonly #options: ReloadableSpoolOptions;
  readonly #warnFull: () => void;
  #wanted: SpoolLocation | undefined;
  #folder = "";
  #jobs: SpooledJobs | undefined;
  /** The reason why it is not in its new folder has been logged. */
  #isReported = false;

  constructor(options: ReloadableSpoolOptions) {
    const { clock, logger } = options;
    this.#options = options;
    const warn = rateLimited(
      (text) => logger.warn(text),
      LOG_EVERY_MS,
      () => clock.monotonicMs(),
    );
    this.#warnFull = () => warn("the result spool is full, results wait in memory");
  }

  /** The results in the spool; undefined while none is open. */
  get jobs(): SpooledJobs | undefined {
    return this.#jobs;
  }

  /** Follows new settings. With `undefined` the open spool accepts no more results and is emptied. */
  follow(location: SpoolLocation | undefined): void {
    this.#wanted = location;
    this.#isReported = false;
    this.#settle();
  }

  /** Repeats what has failed, e.g. because another process used the folder; to be called about every minute. */
  retry(): void {
    this.#settle();
    this.#jobs?.send();
  }

  /** @returns true if the result is in the spool */
  keep(result: OutgoingResult): boolean {
    return this.#wanted !== undefined && this.#jobs?.keep(result) === true;
  }

  /** To be called after the last `keep`. */
  close(): void {
    this.#jobs?.closeStore();
    this.#jobs = undefined;
  }

  #settle(): void {
    const location = this.#wanted;
    if (location === undefined) return;
    if (this.#jobs === undefined) this.#begin(location);
    else if (this.#folder === location.folder) this.#jobs.resize(location.maxBytes);
    else this.#move(this.#jobs, location);
  }

  #begin(location: SpoolLocation): void {
    const { submitter, clock, logger } = this.#options;
    const store = this.#open(location, (reason) =>
      logger.error(`no result spool, results wait in memory only: ${reason}`),
    );
    if (store === undefined) return;
    this.#jobs = new SpooledJobs({
      ...{ store, submitter, clock, retryEveryMs: RETRY_EVERY_MS, onFull: this.#warnFull },
      onDropped: ({ message }) => logger.error(`failed to send back result: ${message}`),
    });
    if (store.length > 0) logger.info(`result spool: ${store.length} results of an earlier run wait`);
    this.#jobs.send();
  }

  #move(jobs: SpooledJobs, location: SpoolLocation): void {
    if (jobs.bytes * 1.01 > location.maxBytes) {
      this.#logStays("the results that wait do not fit the new result spool");
      return;
    }
    const store = this.#open(location, (reason) =>
      this.#logStays(`cannot use the new result spool: ${reason}`),
    );
    if (store === undefined) return;
    const left = jobs.moveTo(store);
    if (left > 0) this.#options.logger.error(`${left} results could not be moved to the new result spool`);
  }

  #open(location: SpoolLocation, onFailure: (reason: string) => void): RecordStore | undefined {
    try {
      const store = this.#options.openSpool(location);
      this.#folder = location.folder;
      return store;
    } catch (error) {
      onFailure(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #logStays(reason: string): void {
    if (!this.#isReported) this.#options.logger.error(`${reason}; the old one stays in use`);
    this.#isReported = true;
  }
}
