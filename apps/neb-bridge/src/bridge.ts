import type { Duplex } from "node:stream";
import { isDeepStrictEqual } from "node:util";
import { oneLine, printAddress, within } from "@mod-gearman/base";
import type { Loaded, ModuleOptions } from "@mod-gearman/config";
import { rateLimited } from "@mod-gearman/observe";

import type { Attached } from "./attached.ts";
import { BridgeCounts } from "./bridge-counts.ts";
import { type EnvelopeMemory, envelopeMemory } from "./bridge-envelope.ts";
import {
  AGES,
  AWAY_LOG_EVERY_MS,
  EVENT_WINDOW,
  LAST_EVENTS_MS,
  MAX_FAULT_LENGTH,
  MAX_HELD_RESULT_BYTES,
  MAX_RESULT_WINDOW,
  RETIRE_MS,
} from "./bridge-limits.ts";
import { BridgeLog } from "./bridge-log.ts";
import { BridgeReport, type ReportedParts } from "./bridge-report.ts";
import type { OutstandingCheck } from "./check-row.ts";
import { CheckTimes } from "./check-times.ts";
import { ChecksReport } from "./checks-report.ts";
import { Engine } from "./engine.ts";
import { EventIntake } from "./event-intake.ts";
import { FormerChecks } from "./former-checks.ts";
import { HandlerMemory } from "./handler-memory.ts";
import type { Loss } from "./inquiry.ts";
import { type CoreEvent, CoreLink, type Hello, LINK_LIMITS } from "./link/core-link.ts";
import { byeReason, PROTOCOL_VERSION } from "./link/fields.ts";
import { shown } from "./log-text.ts";
import { reportLost } from "./lost-check.ts";
import { OrphanWatch } from "./orphan-watch.ts";
import { OUTSTANDING_LIMITS, OutstandingChecks } from "./outstanding.ts";
import { QueuePoll } from "./queue-poll.ts";
import { resultArrived } from "./result-arrival.ts";
import { ResultIntake } from "./result-intake.ts";
import { ServedPages } from "./served-pages.ts";
import { settingsMessage, settingsProblem } from "./settings.ts";
import { ShimVersions } from "./shim-versions.ts";
import { siteAccess } from "./site-access.ts";
import { SubmissionStatistics } from "./statistics.ts";
import { StickyPlugins } from "./sticky-plugins.ts";
import type { World } from "./world.ts";

type BridgeWorld = Pick<World, "clock" | "files" | "nowMicros" | "ownLog" | "outputLog" | "version" | "pid"> &
  Pick<World, "hostName" | "isAlive" | "serveMetrics" | "serveAdmin">;

/** Callbacks to the program. */
export interface BridgeHooks {
  /** Reads the configuration given by the core's module line. @throws ConfigError */
  load(args: string, base: string): Loaded<ModuleOptions>;
  /** The core has announced its end. */
  onCoreShutdown(): void;
  /** The module was upgraded. @returns whether this bridge ends, since the module starts another one */
  onUpgrade(): boolean;
}

/** The bridge between one core and its job servers, kept across their connections. */
export class Bridge {
  readonly #world: BridgeWorld;
  readonly #hooks: BridgeHooks;
  readonly #log: BridgeLog;
  readonly #results: ResultIntake;
  readonly #outstanding: OutstandingChecks;
  readonly #statistics: SubmissionStatistics;
  readonly #report: BridgeReport;
  readonly #counts = new BridgeCounts();
  readonly #pages: ServedPages;
  readonly #former: FormerChecks;
  readonly #handlers = new HandlerMemory(2 * EVENT_WINDOW);
  readonly #shims = new ShimVersions();
  readonly #links = new Set<CoreLink>();
  /** Of this connection, and of former ones with events that are on no job server yet. */
  readonly #intakes = new Set<EventIntake>();
  readonly #retiring = new Set<Engine>();
  readonly #logAway: (text: string) => void;
  readonly #poll: QueuePoll;
  readonly #sticky: StickyPlugins;
  readonly #envelopes: EnvelopeMemory;
  #closed = false;
  #engine: Engine | undefined;
  #attached: Attached | undefined;
  #serverConnected = false;

  constructor(world: BridgeWorld, hooks: BridgeHooks) {
    const { clock } = world;
    this.#world = world;
    this.#hooks = hooks;
    this.#log = new BridgeLog(world.ownLog, world.outputLog);
    this.#statistics = new SubmissionStatistics((line) => this.#log.info(line));
    this.#logAway = rateLimited(
      (text) => this.#log.error(text),
      AWAY_LOG_EVERY_MS,
      () => clock.monotonicMs(),
    );
    this.#envelopes = envelopeMemory(world, this.#log);
    this.#report = new BridgeReport(world, this.#counts, () => this.#parts());
    const outstanding = new OutstandingChecks({
      clock,
      isKnown: (check) => this.#require().isKnown(check),
      isReplaced: (server) => this.#require().client.isReplaced(server),
      submit: (job) => this.#require().submit(job),
      mayAsk: () => this.#attached !== undefined && this.#engine !== undefined,
      drainedSince: (ms, isFormer) => this.#require().drainedSince(ms, isFormer),
      onLost: (check, loss) => this.#reportLost(check, loss),
      onMoved: (text) => this.#log.info(text),
      ...OUTSTANDING_LIMITS,
    });
    const options = () => (this.#attached?.serving === true ? this.#engine?.options : undefined);
    const sticky = new StickyPlugins({ clock, options, isUnderWay: (key) => outstanding.isUnderWay(key) });
    const times = new CheckTimes(clock, this.#log, this.#counts.hops);
    const named = { logger: this.#log, counts: this.#counts, ...this.#envelopes };
    const parts = { clock, outstanding, sticky, times, ...named };
    const checks = new ChecksReport(outstanding, times);
    const read = { engine: () => this.#engine, results: () => this.#results };
    const site = siteAccess(world, { ...read, ...parts, checks });
    const source = { figures: () => this.#report.figures(), checks, site };
    this.#pages = new ServedPages(world, this.#log, source, this.#counts.commands);
    const former = new FormerChecks({ outstanding, options, logger: this.#log });
    const results = new ResultIntake({
      ...parts,
      onResult: (result, message) => resultArrived(result, message, parts),
      onHeld: (message) => former.answered(message),
      onApplied: (timeline) => times.applied(timeline),
      onRevoked: ({ job, notice }) => {
        if (job !== undefined) outstanding.repeat(job.key, job.id);
        if (notice !== undefined) this.#engine?.notices.send([notice]);
      },
      status: () => Buffer.from(this.#report.status(this.#require().options)),
      onCapacityChange: () => this.#updateResultCapacity(),
      maxHeldBytes: MAX_HELD_RESULT_BYTES,
    });
    this.#outstanding = outstanding;
    this.#former = former;
    this.#sticky = sticky;
    this.#results = results;
    this.#poll = new QueuePoll({ clock });
    this.#poll.add(sticky);
    this.#poll.add(new OrphanWatch({ ...parts, results, options }));
  }

  describe(): string {
    return this.#report.line();
  }

  get hasCore(): boolean {
    return this.#attached !== undefined;
  }

  /** `socket` is connected to a shim. */
  accept(socket: Duplex): void {
    if (this.#closed) {
      socket.destroy();
      return;
    }
    const link: CoreLink = new CoreLink(socket, {
      clock: this.#world.clock,
      ...LINK_LIMITS,
      handlers: {
        onHello: (hello) => this.#onHello(link, hello),
        onEvent: (event) => this.#onEvent(link, event),
        onResultDone: (seq) => this.#ifCurrent(link, () => this.#results.onDone(seq)),
        onWindow: (window) => this.#ifCurrent(link, (attached) => this.#onWindow(attached, window)),
        onRecordsDropped: (records) => this.#recordsDropped(records),
        onUnderWay: (check) => this.#ifCurrent(link, () => this.#former.named(check)),
        onBye: (reason) => this.#onBye(link, reason),
        onDrain: () => this.#ifCurrent(link, () => this.#results.onDrain()),
        onClose: (why) => this.#onClose(link, why),
      },
    });
    this.#links.add(link);
  }

  /** Ends all connections, those without HELLO too. The job servers assign unanswered results again. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const link of this.#links) link.bye("shutdown", "the bridge stops");
    this.#outstanding.close();
    this.#poll.close();
    this.#pages.close();
    await this.#lastSubmitted();
    await Promise.all([this.#engine?.close(), ...[...this.#retiring].map((engine) => engine.close())]);
    await this.#log.close();
  }

  /** A core that ends is not there to send its last events again: they get some time to reach a job server. */
  #lastSubmitted(): Promise<boolean> {
    const done = Promise.all([...this.#intakes].map((intake) => intake.finished()));
    return within(this.#world.clock, done, LAST_EVENTS_MS);
  }

  reopenLog(): void {
    if (this.#engine !== undefined) this.#log.configure(this.#engine.options);
  }

  #parts(): ReportedParts {
    return {
      corePid: this.#attached?.corePid,
      eventsWaiting: this.#attached?.intake.waiting ?? 0,
      isServerConnected: this.#serverConnected,
      servers: this.#engine?.servers ?? [],
      outstanding: this.#outstanding,
      results: this.#results,
      envelopes: this.#envelopes,
      statistics: this.#statistics,
    };
  }

  #require(): Engine {
    if (this.#engine === undefined) throw new Error("not configured yet");
    return this.#engine;
  }

  #ifCurrent(link: CoreLink, act: (attached: Attached) => void): void {
    if (this.#attached?.link === link) act(this.#attached);
  }

  #onEvent(link: CoreLink, event: CoreEvent): void {
    this.#ifCurrent(link, ({ intake }) => {
      if (intake.waiting < EVENT_WINDOW) intake.take(event);
      else link.bye("protocol", `more than ${EVENT_WINDOW} unanswered events`);
    });
  }

  #onWindow(attached: Attached, window: number): void {
    attached.window = Math.min(window, MAX_RESULT_WINDOW);
    this.#results.setWindow(attached.window);
    this.#updateResultCapacity();
  }

  /** Grabs only as many results as the core accepts, and none without a core or settings. */
  #updateResultCapacity(): void {
    const window = this.#attached?.serving === true && this.#results.isBelowLimit ? this.#attached.window : 0;
    this.#engine?.setResultCapacity(window);
  }

  #onHello(link: CoreLink, hello: Hello): void {
    const current = this.#attached;
    if (current !== undefined && current.corePid !== hello.pid && this.#world.isAlive(current.corePid)) {
      const text = `this bridge already serves the core with pid ${current.corePid}`;
      link.send({ name: "FAULT", text: Buffer.from(text) });
      link.bye("replaced", text);
      return;
    }
    if (this.#shims.isChanged(hello.shim_version) && this.#hooks.onUpgrade()) {
      link.bye("replaced", `the module is now ${shown(hello.shim_version)}: another bridge takes over`);
      return;
    }
    if (current !== undefined) current.link.bye("replaced", "the core connected again");
    const window = Math.min(hello.window, MAX_RESULT_WINDOW);
    link.send({
      name: "WELCOME",
      version: PROTOCOL_VERSION,
      bridge_version: Buffer.from(this.#world.version),
      pid: this.#world.pid,
      window: EVENT_WINDOW,
      heartbeat_ms: LINK_LIMITS.heartbeatMs,
    });
    const intake = this.#newIntake(link);
    for (const former of this.#intakes) if (!former.isUnfinished) this.#intakes.delete(former);
    this.#intakes.add(intake);
    this.#attached = { link, corePid: hello.pid, intake, window, serving: false };
    this.#log.attach(link);
    this.#configure(link, hello);
  }

  #newIntake(link: CoreLink): EventIntake {
    return new EventIntake(link, {
      ...{ clock: this.#world.clock, logger: this.#log, path: () => this.#require() },
      ...{ outstanding: this.#outstanding, handlers: this.#handlers, flights: this.#envelopes.flights },
      commands: this.#pages.commands.renew(),
      route: (event) => this.#sticky.route(event, (queue) => this.#engine?.binder?.isSealed(queue) ?? false),
      ...{ statistics: this.#statistics, counts: this.#counts },
      onRecordDropped: () => this.#recordsDropped(1),
      nowMicros: () => this.#world.nowMicros(),
      ...AGES,
      maxHeldBack: EVENT_WINDOW / 2,
    });
  }

  /** Each HELLO may follow a reload of the core, so the configuration is read each time. */
  #configure(link: CoreLink, hello: Hello): void {
    const args = hello.module_args?.toString("latin1") ?? "";
    const base = hello.config_base?.toString("latin1") ?? "/";
    try {
      const { options, warnings } = this.#hooks.load(args, base);
      const problem = settingsProblem(options);
      if (problem !== undefined) throw new Error(problem);
      this.#log.configure(options);
      for (const { text, where, level } of warnings) this.#log[level](`${where}: ${text}`);
      this.#useOptions(options);
    } catch (error) {
      const why = oneLine(error instanceof Error ? error.message : String(error), MAX_FAULT_LENGTH);
      if (this.#engine === undefined) {
        this.#world.ownLog.write(`the core was sent a fault, its configuration cannot be used: ${why}`);
        link.send({ name: "FAULT", text: Buffer.from(why) });
        return;
      }
      this.#log.errorInCore(`cannot reload configuration: ${why}; the former one stays in effect`);
    }
    this.#startServing(link, hello);
  }

  /** @throws ClientError; the previous engine stays in use then */
  #useOptions(options: ModuleOptions): void {
    const old = this.#engine;
    if (old !== undefined && isDeepStrictEqual(old.options, options)) return;
    const engine: Engine = new Engine(options, {
      ...{ clock: this.#world.clock, identity: this.#world },
      logger: this.#log,
      results: this.#results,
      envelopes: this.#envelopes,
      files: this.#world.files,
      onReachable: (isReachable) => {
        if (this.#engine === engine && !this.#closed) this.#onServerState(isReachable);
      },
      onDoubt: (server, isSilent) => this.#outstanding.doubtAll(server, isSilent),
      maxQueued: 4 * EVENT_WINDOW,
    });
    this.#engine = engine;
    this.#serverConnected = false;
    if (old !== undefined) this.#retire(old);
    this.#statistics.countEvery(options.logStatsIntervalSeconds);
    this.#pages.use(options);
    this.#sticky.configure(options);
  }

  /** Results grabbed by the previous engine are delivered on the new connection and completed by it. */
  #retire(old: Engine): void {
    this.#retiring.add(old);
    old
      .retire(RETIRE_MS)
      .catch((error: unknown) => this.#log.error(`closing the former connections: ${String(error)}`))
      .finally(() => this.#retiring.delete(old));
  }

  #startServing(link: CoreLink, hello: Hello): void {
    const engine = this.#require();
    link.send(settingsMessage(engine.options));
    this.#log.info(
      `bridge ${this.#world.version} serves ${shown(hello.core_name)} ${shown(hello.core_version)} ` +
        `(pid ${hello.pid}, layout ${shown(hello.abi_class)})`,
    );
    this.#serverConnected = engine.client.isReachable;
    this.#sendState();
    this.#ifCurrent(link, (attached) => {
      attached.serving = true;
      this.#former.begin(this.#results.heldMessages());
      this.#results.attach(link, attached.window);
      this.#updateResultCapacity();
    });
  }

  #onServerState(connected: boolean): void {
    if (this.#serverConnected === connected) return;
    this.#serverConnected = connected;
    const names = this.#require().options.servers.map(printAddress).join(", ");
    if (!connected) this.#logAway(`no job server reachable: ${names}`);
    this.#sendState();
  }

  #sendState(): void {
    const text = this.#serverConnected ? undefined : Buffer.from("no job server reachable");
    this.#attached?.link.send({ name: "STATE", ready: this.#serverConnected ? 1 : 0, text });
  }

  #recordsDropped(records: number): void {
    this.#counts.recordsDropped += records;
    this.#statistics.recordsDropped(records);
  }

  #onBye(link: CoreLink, reason: number): void {
    this.#ifCurrent(link, () => {
      if (reason === byeReason.shutdown) this.#hooks.onCoreShutdown();
    });
  }

  #onClose(link: CoreLink, why: string): void {
    this.#links.delete(link);
    if (this.#attached?.link !== link) return;
    this.#attached.intake.close();
    this.#attached = undefined;
    this.#log.attach(undefined);
    this.#results.detach();
    this.#updateResultCapacity();
    this.#log.info(`connection to the core closed: ${why}`);
  }

  #reportLost(check: OutstandingCheck, loss: Loss): void {
    this.#sticky.forget(check.hostName, check.serviceDescription);
    const { options } = this.#require();
    const now = this.#world.nowMicros();
    reportLost(check, loss, { options, now, results: this.#results, link: this.#attached?.link });
  }
}
