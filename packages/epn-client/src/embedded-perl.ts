import { createConnection, type Socket } from "node:net";
import { omitUndefined, type Stopwatch, startAlarm, startStopwatch, systemClock } from "@mod-gearman/base";
import { type Logger, rateLimited } from "@mod-gearman/observe";
import { Connection, type IdleConnections } from "./connection.ts";
import { DenyList } from "./deny-list.ts";
import type { Epn, EpnClock, EpnOptions, EpnOrder, EpnOutcome, EpnSettings, Unavailable } from "./epn.ts";
import { EpnRun, type RunEnding, SILENCE_MS } from "./epn-run.ts";
import { printRequest } from "./request-line.ts";
import { type KeptServer, ServerKeeper, type ServerKeeperOptions } from "./server-keeper.ts";

export interface EpnWorld {
  readonly launch?: ServerKeeperOptions["launch"] & {};
  readonly connect?: (socketPath: string) => Socket;
  readonly stopwatch?: () => Stopwatch;
}

const START_TIMEOUT_MS = 30_000;
const DRAIN_MS = 60_000;
const LOG_EVERY_MS = 10_000;
/** Consecutive runs without answer after which a server counts as stuck. */
const SILENT_RUNS = 3;
/** Connections lost within this time before the server's end were lost because of it. */
const LAST_MOMENTS_MS = 5000;
const MAX_BROKEN = 1000;
const MAX_REFUSED = 1000;

/** The server is started by `start`. Source: worker.md 7. */
export function createEpn(options: EpnOptions, world: EpnWorld = {}): Epn {
  return new EmbeddedPerl(options, world);
}

class EmbeddedPerl implements Epn {
  readonly #logger: Logger;
  readonly #clock: EpnClock;
  readonly #keeper: ServerKeeper;
  readonly #denied: DenyList;
  readonly #connect: (socketPath: string) => Socket;
  readonly #stopwatch: () => Stopwatch;
  readonly #warnFallback: (text: string) => void;
  /** Runs that have not ended or whose group is being killed. */
  readonly #runs = new Set<EpnRun>();
  #settings: EpnSettings;
  #isEnding = false;
  #silentRuns = 0;
  /** Runs whose connection was lost, the latest last. */
  #broken: { readonly run: EpnRun; readonly server: KeptServer; readonly atMs: number }[] = [];
  #onIdle: (() => void)[] = [];
  readonly #idleConnections = new WeakMap<KeptServer, IdleConnections>();
  /** Versions of plugins that were logged as not compilable. */
  readonly #refused = new Set<string>();
  /** Number of plugins that were accepted but not finished. */
  #givenBack = 0;

  constructor(options: EpnOptions, world: EpnWorld) {
    const { logger, clock = systemClock } = options;
    this.#logger = logger;
    this.#clock = clock;
    this.#settings = settingsOf(options);
    this.#connect = world.connect ?? ((path) => createConnection({ path }));
    this.#stopwatch = world.stopwatch ?? startStopwatch;
    this.#denied = new DenyList(() => clock.monotonicMs());
    this.#warnFallback = rateLimited(
      (text) => logger.warn(text),
      LOG_EVERY_MS,
      () => clock.monotonicMs(),
    );
    this.#keeper = new ServerKeeper({
      settings: this.#settings,
      folder: options.folder,
      env: options.env ?? process.env,
      startTimeoutMs: options.startTimeoutMs ?? START_TIMEOUT_MS,
      clock,
      logger,
      onDeath: (server) => this.#onDeath(server),
      ...omitUndefined({ launch: world.launch }),
    });
  }

  get active(): number {
    return this.#runs.size;
  }

  start(): Promise<boolean> {
    return this.#keeper.start();
  }

  run(order: EpnOrder, done: (outcome: EpnOutcome) => void): Unavailable | undefined {
    const server = this.#keeper.current;
    if (this.#isEnding || server === undefined) return { unavailable: "no server" };
    if (this.#denied.isDenied(order.file.version)) return { unavailable: "the server died with it" };
    const requestLine = printRequest(order);
    if (requestLine === undefined) return { unavailable: "the server takes no such command" };
    const run = new EpnRun({
      order,
      requestLine,
      connection: Connection.take(this.#idleOf(server), () => this.#connect(server.socketPath)),
      clock: this.#clock,
      stopwatch: this.#stopwatch,
      events: {
        end: (ended, outcome, how) => {
          this.#onEnd(server, ended, outcome, how);
          done(outcome);
        },
        gone: (ended) => this.#onGone(ended),
      },
    });
    this.#runs.add(run);
    server.runs.add(run);
    return undefined;
  }

  reload(settings: EpnSettings): void {
    const next = settingsOf(settings);
    if (this.#isEnding || isSame(next, this.#settings)) return;
    this.#settings = next;
    this.#keeper.reload(next);
  }

  async abortAll(how?: "at once"): Promise<void> {
    const runs = [...this.#runs];
    const idle = this.#idle();
    for (const run of runs) run.abort(how);
    await idle;
  }

  async drain(): Promise<void> {
    this.#isEnding = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    const alarm = startAlarm(this.#clock, resolve, DRAIN_MS);
    await Promise.race([this.#idle(), promise]);
    alarm.cancel();
    await this.close();
  }

  async close(): Promise<void> {
    this.#isEnding = true;
    await this.#keeper.close();
  }

  abandon(): void {
    this.#isEnding = true;
    for (const run of this.#runs) run.abort("at once");
    this.#keeper.abandon();
  }

  describe(): string[] {
    const { current, started } = this.#keeper;
    const server = current === undefined ? "no server" : `server pid ${current.pid}`;
    return [
      `embedded Perl: ${server}, ${this.#runs.size} running, ${started} started so far, ` +
        `${this.#givenBack} given back, ${this.#denied.size} not embedded`,
    ];
  }

  #idleOf(server: KeptServer): IdleConnections {
    const known = this.#idleConnections.get(server);
    if (known !== undefined) return known;
    const idle: IdleConnections = [];
    this.#idleConnections.set(server, idle);
    return idle;
  }

  #onEnd(server: KeptServer, run: EpnRun, outcome: EpnOutcome, how: RunEnding): void {
    this.#keeper.release(server, run);
    const { file, maxOutputBytes } = run.order;
    if (run.hasProcess || how === "refused" || how === "result") this.#silentRuns = 0;
    if (how === "result") this.#denied.clear(file.version);
    if (!("unavailable" in outcome)) {
      if (outcome.truncatedBytes > 0)
        this.#logger.warn(`plugin output exceeds ${maxOutputBytes} bytes, cutting off`);
      return;
    }
    this.#givenBack++;
    this.#logGivenBack(run, how, outcome.unavailable);
    this.#blame(server, run, how, outcome.unavailable);
  }

  /** A plugin that cannot be compiled is logged once; all other reasons are logged at intervals. */
  #logGivenBack({ order: { file } }: EpnRun, how: RunEnding, reason: string): void {
    const text = `embedded Perl: ${file.path}: ${reason}; it runs as a program`;
    if (how !== "refused" || !reason.startsWith("compile:")) {
      this.#warnFallback(text);
      return;
    }
    if (this.#refused.has(file.version)) return;
    if (this.#refused.size >= MAX_REFUSED) this.#refused.clear();
    this.#refused.add(file.version);
    this.#logger.warn(text);
  }

  #blame(server: KeptServer, run: EpnRun, how: RunEnding, reason: string): void {
    if (how === "crash" || how === "damage") this.#strike(run);
    if (how === "damage" || how === "invalid") this.#keeper.replaceDamaged(server, reason);
    if (how === "silence" || how === "unreachable") this.#onSilence(server, run, how);
    if (how !== "lost") return;
    this.#broken.push({ run, server, atMs: this.#clock.monotonicMs() });
    if (this.#broken.length > MAX_BROKEN) this.#broken.shift();
  }

  #onSilence(server: KeptServer, run: EpnRun, how: "silence" | "unreachable"): void {
    this.#silentRuns++;
    if (this.#silentRuns < SILENT_RUNS && run.ageMs < SILENCE_MS) return;
    this.#silentRuns = 0;
    if (how === "silence") this.#strike(run);
    this.#keeper.replaceSilent(server);
  }

  #onGone(run: EpnRun): void {
    this.#runs.delete(run);
    if (this.#runs.size > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** Strikes the plugins that were being compiled or, if there were none, all running ones. */
  #onDeath(server: KeptServer): void {
    const sinceMs = this.#clock.monotonicMs() - LAST_MOMENTS_MS;
    const broken = this.#broken.filter((entry) => entry.server === server && entry.atMs >= sinceMs);
    this.#broken = [];
    const all = [...server.runs, ...broken.map(({ run }) => run)];
    const compiling = all.filter((run) => !run.hasProcess);
    // several runs of one plugin count once
    const suspects = new Map(
      (compiling.length > 0 ? compiling : all).map((run) => [run.order.file.version, run]),
    );
    for (const run of suspects.values()) this.#strike(run);
  }

  #strike({ order: { file } }: EpnRun): void {
    if (!this.#denied.strike(file.version)) return;
    this.#logger.warn(
      `embedded Perl: ${file.path} runs as a program for an hour: the server failed twice with it`,
    );
  }

  #idle(): Promise<void> {
    if (this.#runs.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }
}

function settingsOf({ script, perl, keepCompiled, verbosity }: EpnSettings): EpnSettings {
  return { script, perl: perl ?? "perl", keepCompiled, verbosity };
}

function isSame(a: EpnSettings, b: EpnSettings): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
