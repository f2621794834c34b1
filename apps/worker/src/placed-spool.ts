import type { Clock, Logger } from "@mod-gearman/base";
import type { OutgoingResult } from "./outgoing-result.ts";
import type { SpoolOpener, SpoolPlace } from "./result-spool.ts";
import { type ResultSpool, SpooledResults } from "./spooled-results.ts";
import type { Submitter } from "./submitter.ts";

/** Collaborators of a {@link PlacedSpool}. */
export interface PlacedSpoolOptions {
  readonly spools: SpoolOpener;
  readonly submitter: Submitter;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The result spool in the place that the settings name. What cannot be done is tried again by `tend`. */
export class PlacedSpool {
  readonly #options: PlacedSpoolOptions;
  #wanted: SpoolPlace | undefined;
  /** Of the open spool. */
  #folder = "";
  #results: SpooledResults | undefined;
  /** The reason why it is not in its new folder has been logged. */
  #isReported = false;

  constructor(options: PlacedSpoolOptions) {
    this.#options = options;
  }

  /** The results in the spool; undefined while none is open. */
  get results(): SpooledResults | undefined {
    return this.#results;
  }

  /** Follows new settings. A spool that is not wanted any more (undefined) is still emptied. */
  follow(place: SpoolPlace | undefined): void {
    this.#wanted = place;
    this.#isReported = false;
    this.#settle();
  }

  /** To be called now and then: tries again what could not be done, e.g. because another process used the folder. */
  tend(): void {
    this.#settle();
    this.#results?.send();
  }

  /** Whether the spool has the result now. */
  keep(result: OutgoingResult): boolean {
    return this.#wanted !== undefined && this.#results?.keep(result) === true;
  }

  /** After the last result was kept. */
  close(): void {
    this.#results?.closeSpool();
    this.#results = undefined;
  }

  #settle(): void {
    const place = this.#wanted;
    if (place === undefined) return;
    if (this.#results === undefined) this.#begin(place);
    else if (this.#folder === place.folder) this.#results.resize(place.maxBytes);
    else this.#move(this.#results, place);
  }

  #begin(place: SpoolPlace): void {
    const { submitter, clock, logger } = this.#options;
    const spool = this.#open(place, (reason) =>
      logger.error(`no result spool, results wait in memory only: ${reason}`),
    );
    if (spool === undefined) return;
    this.#results = new SpooledResults({ spool, submitter, clock, logger });
    if (spool.length > 0) logger.info(`result spool: ${spool.length} results of an earlier run wait`);
    this.#results.send();
  }

  #move(results: SpooledResults, place: SpoolPlace): void {
    if (results.bytes * 1.01 > place.maxBytes) {
      this.#stays("the results that wait do not fit the new result spool");
      return;
    }
    const spool = this.#open(place, (reason) => this.#stays(`cannot use the new result spool: ${reason}`));
    if (spool === undefined) return;
    const left = results.moveTo(spool);
    if (left > 0) this.#options.logger.error(`${left} results could not be moved to the new result spool`);
  }

  #open(place: SpoolPlace, onFailure: (reason: string) => void): ResultSpool | undefined {
    try {
      const spool = this.#options.spools.open(place);
      this.#folder = place.folder;
      return spool;
    } catch (error) {
      onFailure(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #stays(reason: string): void {
    if (!this.#isReported) this.#options.logger.error(`${reason}; the old one stays in use`);
    this.#isReported = true;
  }
}
