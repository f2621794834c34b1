import { printServer } from "@mod-gearman/config";
import { type Logger, rateLimited } from "@mod-gearman/observe";
import type { Runner } from "@mod-gearman/runner";
import type { Machine } from "./guards.ts";
import { JobHandler } from "./job-handler.ts";
import type { QueueClock } from "./result-queue.ts";
import { ResultRouter, type SubmitterFactory } from "./result-router.ts";
import type { Settings } from "./settings.ts";
import type { GrabConnectionFactory } from "./slot.ts";
import { SlotPool } from "./slot-pool.ts";
import { type StatusConnectionFactory, StatusQueue } from "./status-queue.ts";
import { statusText } from "./status-text.ts";

/** Collaborators of the worker. */
export interface WorkerDeps {
  readonly runner: Runner;
  readonly connectSlot: GrabConnectionFactory;
  readonly connectStatus: StatusConnectionFactory;
  readonly connectResults: SubmitterFactory;
  readonly clock: QueueClock;
  readonly machine: Machine;
  readonly logger: Logger;
  readonly version: string;
  /** Microseconds since 1970. */
  nowMicros(): bigint;
}

const TICK_MS = 1000;
const LOG_EVERY_MS = 60_000;
const FLUSH_MS = 5000;

/** Slots, status queue and results of one running worker. */
export class Worker {
  readonly #deps: WorkerDeps;
  readonly #handler: JobHandler;
  readonly #results: ResultRouter;
  readonly #pool: SlotPool;
  readonly #status: StatusQueue;
  readonly #noServer: (text: string) => void;
  #settings: Settings;
  #timer: unknown;
  #statistics = { atMs: 0, jobs: 0 };

  constructor(settings: Settings, deps: WorkerDeps) {
    this.#settings = settings;
    this.#deps = deps;
    const { clock, logger } = deps;
    this.#noServer = rateLimited(
      (text) => logger.warn(text),
      LOG_EVERY_MS,
      () => clock.now(),
    );
    this.#results = new ResultRouter({ settings, connect: deps.connectResults, clock, logger });
    this.#handler = new JobHandler({
      settings: () => this.#settings,
      runner: deps.runner,
      results: this.#results,
      logger,
      nowMicros: () => deps.nowMicros(),
    });
    this.#pool = new SlotPool({
      settings: () => this.#settings,
      connect: deps.connectSlot,
      handle: (job) => this.#handler.handle(job),
      machine: deps.machine,
      clock,
      logger,
    });
    this.#status = new StatusQueue({
      connect: deps.connectStatus,
      answer: () => this.#statusText(),
      onConnect: () => this.#adjust(),
    });
    this.#statistics = { atMs: clock.now(), jobs: 0 };
  }

  /** Connects; slots follow once a server is there. */
  start(): void {
    this.#status.reconfigure(this.#settings.options.servers, this.#settings.statusFunction);
    this.#timer = this.#deps.clock.setTimeout(() => this.#tick(), TICK_MS);
  }

  /** Puts new settings in force; running checks go on, each setting counts from the next job on. */
  async reconfigure(settings: Settings): Promise<void> {
    this.#settings = settings;
    this.#status.reconfigure(settings.options.servers, settings.statusFunction);
    this.#pool.reconfigure();
    await this.#results.reconfigure(settings);
  }

  /**
   * Ends in order: no new jobs, at most `graceMs` for the running ones, then these are killed and go back to the
   * server; results get 5 s to leave. Source: worker specification 8.5.
   */
  async stop(graceMs: number): Promise<void> {
    const { clock, logger, runner } = this.#deps;
    clock.clearTimeout(this.#timer as never);
    this.#status.close();
    const stopped = this.#pool.stop();
    if (!(await this.#within(stopped, graceMs))) {
      const seconds = graceMs / 1000;
      logger.info(
        `${seconds}s timeout hit while waiting for all workers to stop, remaining: ${this.#pool.busy}`,
      );
      await runner.abortAll();
      this.#pool.abort();
      await this.#within(stopped, TICK_MS);
    }
    await this.#within(this.#results.drained(), FLUSH_MS);
    await this.#results.close();
  }

  /** Ends at once: what runs is killed and goes back to the server, what was not sent is lost. */
  async stopNow(): Promise<void> {
    const killed = this.#deps.runner.abortAll("at once");
    this.#pool.abort();
    await killed;
    await this.#results.close();
  }

  /** Slots, jobs and queues, one line each. */
  describe(): string[] {
    const { main, dups, sent, dropped } = this.#results.sizes;
    return [
      `workers: ${this.#pool.total} busy: ${this.#pool.busy} jobs: ${this.#handler.jobs}`,
      `results: ${main} waiting, ${sent} sent, ${dropped} dropped`,
      ...dups.map((dup) => `dupserver ${dup.name}: ${dup.size} waiting, ${dup.dropped} dropped`),
      ...this.#pool.describe(),
    ];
  }

  #tick(): void {
    this.#timer = this.#deps.clock.setTimeout(() => this.#tick(), TICK_MS);
    this.#adjust();
    this.#logStatistics();
  }

  #adjust(): void {
    if (this.#status.connected) this.#pool.adjust();
    else
      this.#noServer(
        `no job server can be reached: ${this.#settings.options.servers.map(printServer).join(", ")}`,
      );
  }

  #logStatistics(): void {
    const now = this.#deps.clock.now();
    const elapsedMs = now - this.#statistics.atMs;
    if (elapsedMs < LOG_EVERY_MS) return;
    const { total, busy } = this.#pool;
    const { jobs } = this.#handler;
    const rate = (((jobs - this.#statistics.jobs) * 1000) / elapsedMs).toFixed(1);
    this.#statistics = { atMs: now, jobs };
    const { maxWorker } = this.#settings.options;
    this.#deps.logger.info(
      `stats: workers: ${total}/${maxWorker} busy: ${busy} | jobs: ${jobs} | current job rate: ${rate}/s`,
    );
  }

  #statusText(): Buffer {
    const { identifier, minWorker, maxWorker } = this.#settings.options;
    const { total, busy } = this.#pool;
    return statusText({
      identifier,
      total,
      busy,
      minWorker,
      maxWorker,
      jobs: this.#handler.jobs,
      version: this.#deps.version,
    });
  }

  /** Whether `promise` resolves in time. */
  async #within(promise: Promise<void>, limitMs: number): Promise<boolean> {
    const { clock } = this.#deps;
    let timer: unknown;
    const late = new Promise<false>((resolve) => {
      timer = clock.setTimeout(() => resolve(false), limitMs);
    });
    const inTime = await Promise.race([promise.then(() => true as const), late]);
    clock.clearTimeout(timer as never);
    return inTime;
  }
}
