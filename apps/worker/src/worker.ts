import { type Logger, omitUndefined, printAddress, type Timer, within } from "@mod-gearman/base";
import { clientIdOf } from "@mod-gearman/client";
import { ResultRouter, type RouterSettings } from "@mod-gearman/delivery";
import type { Epn } from "@mod-gearman/epn-client";
import { rateLimited } from "@mod-gearman/observe";
import { type CheckRunner, createCheckRunner } from "@mod-gearman/runner";
import { CgroupPool, inCgroups } from "./cgroup-pool.ts";
import type { ConnectionFactories } from "./connections.ts";
import { readDrainRequest, refusedDrainText } from "./drain-request.ts";
import type { Health } from "./health-file.ts";
import { JobGate } from "./job-gate.ts";
import { JobHandler } from "./job-handler.ts";
import { KeyRenewal } from "./key-renewal.ts";
import { type CheckObserver, noObserver, type WorkerFigures } from "./metrics.ts";
import { PerlKeeper } from "./perl-keeper.ts";
import { isReportRequest, reportText } from "./report-text.ts";
import type { Settings } from "./settings.ts";
import { SlotPool } from "./slot-pool.ts";
import { StatusQueue } from "./status-queue.ts";
import { drainText, statusText } from "./status-text.ts";
import type { World } from "./world.ts";

/** What the worker needs of the {@link World}. */
export type WorkerWorld = ConnectionFactories &
  Pick<World, "runner" | "createEpn" | "spools" | "openJournal" | "cgroups" | "clock" | "machine"> &
  Pick<World, "version" | "nowMicros" | "writeKeys" | "hostName"> & { readonly logger: Logger };

export interface WorkerEvents {
  /** A drain job came; the process ends when `Worker.drain` has resolved. */
  onDrainRequest(): void;
}

const TICK_MS = 1000;
const LOG_EVERY_MS = 60_000;
const FLUSH_MS = 5000;

/** Slots, status queue and results of one running worker. */
export class Worker {
  readonly #world: WorkerWorld;
  readonly #events: WorkerEvents;
  readonly #handler: JobHandler;
  readonly #results: ResultRouter;
  readonly #pool: SlotPool;
  /** Set by `start`. */
  #gate: JobGate | undefined;
  readonly #status: StatusQueue;
  readonly #renewal: KeyRenewal;
  readonly #cgroups: CgroupPool;
  readonly #perl: PerlKeeper;
  readonly #noServer: (text: string) => void;
  readonly #refusedDrain: (text: string) => void;
  readonly #stopping = new AbortController();
  #settings: Settings;
  #checks: CheckRunner;
  #observer: CheckObserver = noObserver;
  #isDraining = false;
  /** Drained since the bridge takes no results of this worker. */
  #isRevoked = false;
  #timer: Timer | undefined;
  #statistics = { atMs: 0, jobs: 0 };

  constructor(settings: Settings, world: WorkerWorld, events: WorkerEvents) {
    this.#settings = settings;
    this.#world = world;
    this.#events = events;
    const { clock, logger } = world;
    const limited = (log: (text: string) => void) =>
      rateLimited(log, LOG_EVERY_MS, () => clock.monotonicMs());
    this.#noServer = limited((text) => logger.warn(text));
    this.#refusedDrain = limited((text) => logger.warn(text));
    this.#cgroups = new CgroupPool({
      files: world.cgroups,
      readProc: (name) => world.machine.readProc(name),
      capacity: () => this.#settings.options.maxWorker + this.#pool.ballooning,
      now: () => clock.monotonicMs(),
      logger,
    });
    this.#perl = new PerlKeeper(world.createEpn);
    this.#checks = this.#newChecks(settings, undefined);
    this.#results = new ResultRouter({
      settings: this.#routing(settings),
      connect: world.connectResults,
      openSpool: (location) => world.spools.open(location),
      clock,
      logger,
    });
    this.#handler = new JobHandler({
      settings: () => this.#settings,
      checks: () => this.#checks,
      observer: () => this.#observer,
      results: this.#results,
      logger,
      clock,
      nowMicros: () => world.nowMicros(),
    });
    this.#pool = new SlotPool({
      settings: () => this.#settings,
      connect: (...connection) => world.connectSlot(this.#clientId, ...connection),
      handle: (assignment, origin, done) => this.#gate?.handle(assignment, origin, done),
      machine: world.machine,
      clock,
      logger,
    });
    this.#renewal = new KeyRenewal(world, {
      onRevoked: () => this.#revoked(),
      onAccepted: () => this.#accepted(),
    });
    this.#status = new StatusQueue({
      connect: (...connection) => world.connectStatus(this.#clientId, ...connection),
      answer: (data) => this.#answer(data),
      onConnect: () => this.#adjust(),
    });
    this.#statistics = { atMs: clock.monotonicMs(), jobs: 0 };
  }

  /** True from `drain` to `resume`: no jobs are taken. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  get #clientId(): Buffer {
    return clientIdOf(this.#settings.options.identifier, `mod_gearman_worker/${this.#world.version}`);
  }

  /** What {@link HealthFile} reports, as long as the worker is not about to end. */
  get health(): Health {
    if (this.#isDraining) return this.#isRevoked ? "revoked" : "draining";
    if (!this.#status.connected) return "no job server";
    return this.#pool.total > 0 ? "ready" : "no slot";
  }

  /** Connects to the servers; slots are started once one is connected. */
  start(): void {
    const { clock, logger } = this.#world;
    const { journal, remains } = this.#world.openJournal(this.#settings.options);
    this.#gate = new JobGate({
      run: (...job) => this.#handler.handle(...job),
      refuse: (...job) => this.#handler.refuse(...job),
      hold: (isHeld) => this.#pool.hold(isHeld),
      ...{ journal, deaths: remains.deaths, clock, logger },
    });
    this.#useSettings();
    this.#status.reconfigure(this.#settings.options.servers, this.#settings.statusFunction);
    this.#timer = this.#world.clock.setTimeout(() => this.#tick(), TICK_MS);
  }

  /** Passes each following check to `observer`. */
  observe(observer: CheckObserver): void {
    this.#observer = observer;
  }

  /** Applies new settings to jobs that begin after this call; running checks continue. */
  async reconfigure(settings: Settings): Promise<void> {
    this.#settings = settings;
    this.#useSettings();
    if (this.#isRevoked) this.resume(); // its keys may be others now
    if (!this.#isDraining) {
      this.#status.reconfigure(settings.options.servers, settings.statusFunction);
      this.#pool.reconfigure();
    }
    await this.#results.reconfigure(this.#routing(settings));
  }

  /**
   * Withdraws all queues, the status queue too, and lets running jobs end. Resolves when the last one has ended and its
   * result is delivered or on disk; with `false` if `resume` was called before.
   */
  async drain(): Promise<boolean> {
    this.#isDraining = true;
    this.#status.close();
    await this.#pool.stop();
    if (this.#isDraining) await this.#results.drained();
    return this.#isDraining;
  }

  /** Takes jobs again. */
  resume(): void {
    this.#isDraining = false;
    this.#isRevoked = false;
    this.#pool.restart();
    this.#status.reconfigure(this.#settings.options.servers, this.#settings.statusFunction);
  }

  /**
   * Orderly end: no new jobs, at most `graceMs` for the running ones, which are then killed and go back to their servers;
   * results have 5 s to be delivered. Source: worker.md 8.5.
   */
  async stop(graceMs: number): Promise<void> {
    const { clock, logger, runner } = this.#world;
    if (this.#timer !== undefined) clock.clearTimeout(this.#timer);
    this.#renewal.close();
    this.#status.close();
    this.#gate?.cancel();
    const stopped = this.#pool.stop();
    if (!(await within(clock, stopped, graceMs))) {
      const seconds = graceMs / 1000;
      const left = this.#pool.busy + this.#pool.ballooning;
      logger.info(`${seconds}s timeout hit while waiting for all workers to stop, remaining: ${left}`);
      this.#stopping.abort();
      await Promise.all([runner.abortAll(), this.#perl.abortAll()]);
      this.#pool.abort();
      await within(clock, stopped, TICK_MS);
    }
    this.#gate?.close(); // if the process dies after this, no job is the cause
    await within(clock, this.#results.drained(), FLUSH_MS);
    await Promise.all([this.#results.close(), this.#perl.close()]);
    this.#cgroups.close();
  }

  /** Ends at once: running jobs are killed and go back to their servers, unsent results go to disk or are lost. */
  async stopNow(): Promise<void> {
    this.#stopping.abort();
    this.#renewal.close();
    this.#gate?.cancel();
    const killed = this.#world.runner.abortAll("at once");
    this.#perl.abandon();
    this.#pool.abort();
    await killed;
    this.#gate?.close();
    await this.#results.close();
    this.#cgroups.close();
  }

  /**
   * The process crashes: undelivered results go to disk, embedded plugins are killed. The journal stays, because a job may
   * be the cause. Does not wait.
   */
  salvage(): void {
    this.#gate?.flush();
    this.#perl.abandon();
    this.#results.salvage();
  }

  figures(): WorkerFigures {
    const { total, busy, ballooning } = this.#pool;
    const { version, runner } = this.#world;
    const { unkillable } = runner;
    const { withheld, refusals } = this.#handler;
    const { suspects = 0, refused = 0 } = this.#gate ?? {};
    const identifier = this.#settings.options.identifier.toString();
    const slots = { total, busy, ballooning };
    const jobs = { suspects, refused, withheld, unproven: refusals.counts };
    return { version, identifier, ...slots, ...jobs, unkillable, results: this.#results.sizes };
  }

  /** One line per slot, job and queue. */
  describe(): string[] {
    const { main, dups, sent, dropped, spool } = this.#results.sizes;
    const { total, busy, ballooning } = this.#pool;
    const { withheld, refusals } = this.#handler;
    const more = ballooning > 0 ? ` backgrounded: ${ballooning}` : "";
    return [
      `workers: ${total} busy: ${busy} jobs: ${this.#handler.jobs}${more}`,
      `results: ${main} waiting, ${sent} sent, ${dropped} dropped`,
      ...(this.#gate?.describe() ?? []),
      ...(refusals.total === 0 ? [] : [`jobs refused by the envelope: ${refusals.total}`]),
      ...(withheld === 0 ? [] : [`results withheld (workaround_rc_25): ${withheld}`]),
      ...(spool === undefined
        ? []
        : [`result spool: ${spool.records} waiting (${spool.bytes} bytes), ${spool.dropped} lost`]),
      ...dups.map((dup) => `dupserver ${dup.name}: ${dup.size} waiting, ${dup.dropped} dropped`),
      ...this.#cgroups.describe(),
      ...this.#perl.describe(),
      ...this.#pool.describe(),
    ];
  }

  /** One line for the service manager. */
  get status(): string {
    const { total, busy } = this.#pool;
    const state = this.#isDraining
      ? this.#isRevoked
        ? "revoked, taking no jobs"
        : "drained"
      : this.#status.connected
        ? "working"
        : "no job server connected";
    return `${state}, ${busy} of ${total} workers busy, ${this.#handler.jobs} jobs`;
  }

  #routing({ options }: Settings): RouterSettings {
    return { ...options, spool: this.#world.spools.locate(options) };
  }

  #useSettings(): void {
    this.#renewal.use(this.#settings);
    const { limits, embeddedPerl } = this.#settings;
    this.#checks = this.#newChecks(this.#settings, this.#perl.use(embeddedPerl.server));
    if (limits?.memoryBytes !== undefined) this.#cgroups.prepare();
  }

  #newChecks({ builtin, judge, limits, embeddedPerl }: Settings, epn: Epn | undefined): CheckRunner {
    const { version, logger } = this.#world;
    const { signal: stopSignal } = this.#stopping;
    const runner =
      limits?.memoryBytes === undefined ? this.#world.runner : inCgroups(this.#world.runner, this.#cgroups);
    return createCheckRunner({
      ...{ runner, builtin, judge, version, logger, stopSignal },
      ...omitUndefined({
        embeddedPerl: epn && { epn, files: this.#perl.files, implicit: embeddedPerl.implicit },
      }),
    });
  }

  #tick(): void {
    this.#timer = this.#world.clock.setTimeout(() => this.#tick(), TICK_MS);
    this.#adjust();
    this.#gate?.flush();
    this.#everyMinute();
  }

  #adjust(): void {
    if (this.#isDraining) return;
    if (this.#status.connected) this.#pool.adjust();
    else
      this.#noServer(
        `no job server can be reached: ${this.#settings.options.servers.map(printAddress).join(", ")}`,
      );
  }

  #everyMinute(): void {
    const now = this.#world.clock.monotonicMs();
    const elapsedMs = now - this.#statistics.atMs;
    if (elapsedMs < LOG_EVERY_MS) return;
    const { total, busy } = this.#pool;
    const { jobs } = this.#handler;
    const rate = (((jobs - this.#statistics.jobs) * 1000) / elapsedMs).toFixed(1);
    this.#statistics = { atMs: now, jobs };
    const { maxWorker } = this.#settings.options;
    this.#world.logger.info(
      `stats: workers: ${total}/${maxWorker} busy: ${busy} | jobs: ${jobs} | current job rate: ${rate}/s` +
        this.#unsentText(),
    );
    this.#results.retrySpool();
    this.#gate?.tend();
  }

  /** Part of the statistics line; empty if no result is unsent or was dropped since the start. */
  #unsentText(): string {
    const { main, dropped, spool } = this.#results.sizes;
    const spooled = spool?.records ?? 0;
    const lost = dropped + (spool?.dropped ?? 0);
    if (main + spooled + lost === 0) return "";
    return ` | results unsent: ${main + spooled} (spool: ${spooled}) dropped: ${lost}`;
  }

  #answer(data: Buffer): Buffer {
    const { identifier, minWorker, maxWorker } = this.#settings.options;
    const { total, busy } = this.#pool;
    const request = readDrainRequest(data, this.#settings);
    if (request === "allowed") {
      queueMicrotask(() => this.#events.onDrainRequest()); // after the answer
      return drainText(identifier, busy);
    }
    if (request === "refused") this.#refusedDrain(refusedDrainText(this.#settings));
    const { sealed, statusFunction } = this.#settings;
    if (sealed?.isRevocation(data, statusFunction) === true) queueMicrotask(() => this.#revoked()); // after the answer
    if (isReportRequest(data)) return this.#report();
    const { jobs } = this.#handler;
    return statusText({ identifier, total, busy, minWorker, maxWorker, jobs, version: this.#world.version });
  }

  /** Jobs that it took would be lost: their results are refused. */
  #revoked(): void {
    if (this.#isDraining) return;
    this.#isRevoked = true;
    const { name } = this.#settings.sealed ?? {};
    this.#world.logger.error(
      `the bridge has revoked this worker, ${name}, and refuses its results: it takes no more jobs, until it is accepted again, or reads other keys with a reload`,
    );
    void this.drain();
  }

  #accepted(): void {
    if (!this.#isRevoked) return;
    this.#world.logger.info("the bridge accepts this worker again, taking jobs");
    this.resume();
  }

  #report(): Buffer {
    const { total: slots, busy } = this.#pool;
    const { version, clock, machine } = this.#world;
    const { lastJobMs, undecodable, lastUndecodableMs } = this.#handler;
    const { main, spool } = this.#results.sizes;
    const since = (ms: number | undefined) =>
      ms === undefined ? undefined : (clock.monotonicMs() - ms) / 1000;
    const load = Number.parseFloat(machine.readProc("loadavg") ?? "");
    return reportText({
      ...{ version, slots, busy, undecodable, isDraining: this.#isDraining },
      load: Number.isNaN(load) ? undefined : load,
      unsentResults: main + (spool?.records ?? 0),
      undecodableSeconds: since(lastUndecodableMs),
      lastJobSeconds: since(lastJobMs),
    });
  }
}
