import type { Clock, Logger, ServerAddress } from "@mod-gearman/base";
import { AdminConnection } from "@mod-gearman/client";
import type { ModuleOptions } from "@mod-gearman/config";
import type { Micros } from "@mod-gearman/payload";

import type { BridgeCounts } from "./bridge-counts.ts";
import { checkOf, handleOf, type Row } from "./check-row.ts";
import { OrphanAlarm } from "./orphan-alarm.ts";
import { orphanResult } from "./orphan-result.ts";
import type { OutstandingChecks } from "./outstanding.ts";
import type { QueueReader, ServerQueues } from "./queue-poll.ts";
import type { ResultIntake } from "./result-intake.ts";
import type { StickyPlugins } from "./sticky-plugins.ts";

export interface OrphanWatchOptions {
  readonly clock: Clock;
  /** Time of day. */
  readonly nowMicros: () => Micros;
  readonly logger: Logger;
  readonly counts: BridgeCounts;
  readonly outstanding: OutstandingChecks;
  readonly results: ResultIntake;
  /** undefined: there is no configuration, or no core that takes results. */
  readonly options: () => ModuleOptions | undefined;
  readonly sticky: StickyPlugins;
}

const SECOND_MS = 1000;
const WITHDRAW_MS = 5000;
/** Results that may wait for the core before no further check is answered. */
const MAX_HELD = 2000;

/** Gives checks that wait where no worker is the orphan result (`orphan_no_worker_after`). */
export class OrphanWatch implements QueueReader {
  readonly #options: OrphanWatchOptions;
  readonly #alarm: OrphanAlarm<Row>;

  constructor(options: OrphanWatchOptions) {
    this.#options = options;
    this.#alarm = new OrphanAlarm({
      logger: options.logger,
      settings: () => this.#settings(),
      checks: () => options.outstanding.rows,
      withdraw: (server, rows) => this.#withdraw(server, rows),
      answer: (row) => this.#answer(row),
      mayAnswer: () => options.options() !== undefined && options.results.held < MAX_HELD,
    });
  }

  onStatus(status: ServerQueues): void {
    void this.#alarm.onStatus(status);
  }

  servers(): readonly ServerAddress[] {
    const { options, outstanding } = this.#options;
    return this.#alarm.isOn && outstanding.size > 0 ? (options()?.servers ?? []) : [];
  }

  #settings() {
    const options = this.#options.options();
    return {
      afterMs: (options?.orphanNoWorkerAfterSeconds ?? 0) * SECOND_MS,
      hostChecks: options?.orphanHostChecks === true,
      serviceChecks: options?.orphanServiceChecks === true,
    };
  }

  /**
   * A job that is not withdrawn runs when a worker comes; its result is that of the next check, which joins it by its
   * unique key, or is dropped. With unique keys none is withdrawn: gearmand 1.1.20 lets the next check join the cancelled job
   * and runs neither, and keeps cancelled jobs as long as no worker comes.
   */
  async #withdraw(server: ServerAddress, rows: readonly Row[]): Promise<void> {
    const { clock, logger, options } = this.#options;
    if (options()?.useUniqJobs !== false) return;
    // a handle is one word of the server's own; another one could be two commands
    const handles = rows.map(handleOf).filter((handle) => /^[!-~]+$/.test(handle));
    const commands = handles.map((handle) => `cancel job ${handle}`);
    try {
      await AdminConnection.query(server, commands, { timeoutMs: WITHDRAW_MS, clock });
    } catch (error) {
      logger.debug(
        `jobs without a worker could not be withdrawn: ${error instanceof Error ? error.message : error}`,
      );
    }
  }

  #answer(row: Row): void {
    const { counts, nowMicros, options, outstanding, results, sticky } = this.#options;
    const settings = options();
    if (settings === undefined || !outstanding.answer(row)) return;
    const queue = Buffer.from(row.queue, "latin1");
    const { hostName, serviceDescription } = checkOf(row);
    counts.checkOrphaned(queue);
    sticky.forget(hostName, serviceDescription);
    results.add(orphanResult({ hostName, serviceDescription, queue }, settings.orphanReturn, nowMicros()));
  }
}
