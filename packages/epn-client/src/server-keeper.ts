import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Alarm, startAlarm } from "@mod-gearman/base";
import { type Logger, rateLimited } from "@mod-gearman/observe";
import { FOLDER_PREFIX, removeDeadFolders, SOCKET_NAME } from "./dead-folders.ts";
import type { EpnClock, EpnSettings } from "./epn.ts";
import type { EpnRun } from "./epn-run.ts";
import { type EpnServer, type ServerOptions, startServer } from "./server-process.ts";

export interface KeptServer {
  readonly socketPath: string;
  readonly runs: Set<EpnRun>;
  readonly pid: number;
}

export interface ServerKeeperOptions {
  readonly settings: EpnSettings;
  readonly folder: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly startTimeoutMs: number;
  readonly clock: EpnClock;
  readonly logger: Logger;
  /** A server has ended by itself, possibly with running plugins. */
  onDeath(instance: KeptServer): void;
  /** Default: a process. */
  readonly launch?: (options: ServerOptions) => EpnServer;
}

/** Time for the runs of a server that is being replaced. Source: D27. */
const DRAIN_MS = 60_000;
const FIRST_DELAY_MS = 1000;
const LAST_DELAY_MS = 60_000;
/** A server that survives this long resets the back-off. */
const GOOD_LIFE_MS = 60_000;
/** Shortest time between two replacements because of suspected damage. */
const DAMAGE_PAUSE_MS = 60_000;
/** Time to read the remaining bytes of a server that has ended. */
const LAST_BYTES_MS = 1000;
/** Names of Unix sockets have at most 107 bytes. */
const MAX_SOCKET_PATH_BYTES = 107;

class ServerInstance implements KeptServer {
  /** Mode 0700, used by this server only. */
  readonly folder: string;
  readonly socketPath: string;
  readonly runs = new Set<EpnRun>();
  server: EpnServer | undefined;
  readyMs: number | undefined;
  isLeaving = false;
  drainAlarm: Alarm | undefined;

  /** @throws the system's error, or an Error if the name is too long for a socket */
  constructor(parent: string) {
    this.folder = mkdtempSync(join(parent, FOLDER_PREFIX));
    this.socketPath = join(this.folder, SOCKET_NAME);
    if (Buffer.byteLength(this.socketPath) <= MAX_SOCKET_PATH_BYTES) return;
    this.removeFolder();
    throw new Error(`the name of the socket is too long: ${this.socketPath}`);
  }

  removeFolder(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  get pid(): number {
    return this.server?.pid ?? 0;
  }
}

/**
 * Keeps one server running: starts it, restarts it 1 to 60 s after its end, and replaces a server that is damaged,
 * silent or has other settings. The new one starts first; the old one ends after its running plugins.
 */
export class ServerKeeper {
  readonly #options: ServerKeeperOptions;
  readonly #clock: EpnClock;
  readonly #logger: Logger;
  readonly #launch: (options: ServerOptions) => EpnServer;
  readonly #instances = new Set<ServerInstance>();
  readonly #warnDamage: (text: string) => void;
  #settings: EpnSettings;
  #current: ServerInstance | undefined;
  #next: ServerInstance | undefined;
  #retry: Alarm | undefined;
  #badEnds = 0;
  #damageMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;
  /** Callers waiting for the current attempt to start. */
  #waiting: ((isReady: boolean) => void)[] = [];
  #onEmpty: () => void = () => undefined;
  /** Starts so far. */
  started = 0;

  constructor(options: ServerKeeperOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#launch = options.launch ?? startServer;
    this.#warnDamage = rateLimited(
      (text) => options.logger.warn(text),
      DAMAGE_PAUSE_MS,
      () => options.clock.monotonicMs(),
    );
  }

  /** Accepts plugins. */
  get current(): KeptServer | undefined {
    return this.#current;
  }

  /** Resolves with whether the next attempt has succeeded. */
  start(): Promise<boolean> {
    if (this.#isClosed || this.#current !== undefined) return Promise.resolve(!this.#isClosed);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.push(resolve);
    if (this.#retry === undefined) this.#begin();
    return promise;
  }

  /** A new server with these settings takes over once it is ready. */
  reload(settings: EpnSettings): void {
    this.#settings = settings;
    if (this.#next !== undefined) this.#retire(this.#next);
    this.#next = undefined;
    this.#badEnds = 0;
    this.#begin();
  }

  /** `server` seems to be damaged: a new one takes over once it is ready. At most once a minute. */
  replaceDamaged(instance: KeptServer, sign: string): void {
    if (instance !== this.#current || this.#isClosed) return;
    const now = this.#clock.monotonicMs();
    if (now - this.#damageMs < DAMAGE_PAUSE_MS) return;
    this.#damageMs = now;
    this.#warnDamage(`embedded Perl: the server is replaced, it said "${sign}"`);
    this.#begin();
  }

  /** `server` does not answer: it gets no further plugins. */
  replaceSilent(instance: KeptServer): void {
    if (instance !== this.#current || this.#isClosed) return;
    this.#logger.error("embedded Perl: the server cannot be reached or does not answer, it is replaced");
    const old = this.#current;
    this.#current = undefined;
    this.#retire(old);
    this.#scheduleStart(old.readyMs);
  }

  release(instance: KeptServer, run: EpnRun): void {
    instance.runs.delete(run);
    const own = instance as ServerInstance;
    if (own.isLeaving && own.runs.size === 0) this.#endWhenEmpty(own);
  }

  /** Their plugins are killed. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stop();
    for (const instance of this.#instances) instance.server?.end("now");
    if (this.#instances.size === 0) return;
    this.#onEmpty = resolve;
    await promise;
  }

  /** Kills before it returns. */
  abandon(): void {
    this.#stop();
    for (const instance of this.#instances) {
      instance.server?.kill();
      instance.removeFolder();
    }
  }

  #stop(): void {
    this.#isClosed = true;
    this.#current = undefined;
    this.#next = undefined;
    this.#retry?.cancel();
    this.#answerWaiting(false);
    for (const instance of this.#instances) {
      instance.isLeaving = true;
      instance.drainAlarm?.cancel();
    }
  }

  #begin(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
    if (this.#isClosed || this.#next !== undefined) return;
    const parent = this.#options.folder ?? tmpdir();
    if (this.started === 0) void removeDeadFolders(parent, Date.now());
    let instance: ServerInstance | undefined;
    try {
      instance = new ServerInstance(parent);
      this.#instances.add(instance);
      this.#next = instance;
      instance.server = this.#launch(this.#serverOptions(instance));
      this.started++;
    } catch (error) {
      this.#next = undefined;
      if (instance !== undefined) this.#instances.delete(instance);
      instance?.removeFolder();
      this.#onFailedStart(error instanceof Error ? error.message : String(error));
    }
  }

  #serverOptions(instance: ServerInstance): ServerOptions {
    const { env, startTimeoutMs, clock, logger } = this.#options;
    const events = {
      ready: () => this.#onReady(instance),
      gone: (reason: string) => this.#onGone(instance, reason),
      damage: (sign: string) => this.replaceDamaged(instance, sign),
    };
    const { socketPath } = instance;
    return { settings: this.#settings, socketPath, env, startTimeoutMs, clock, logger, events };
  }

  #onReady(instance: ServerInstance): void {
    if (instance !== this.#next) return;
    const old = this.#current;
    this.#next = undefined;
    this.#current = instance;
    instance.readyMs = this.#clock.monotonicMs();
    this.#logger.info(`embedded Perl: server ready, pid ${instance.pid}`);
    if (old !== undefined) this.#retire(old);
    this.#answerWaiting(true);
  }

  #onGone(instance: ServerInstance, reason: string): void {
    this.#instances.delete(instance);
    instance.drainAlarm?.cancel();
    instance.removeFolder();
    this.#endRuns(instance, reason);
    if (instance === this.#next) {
      this.#next = undefined;
      this.#onFailedStart(reason);
    } else if (instance === this.#current) {
      this.#current = undefined;
      this.#options.onDeath(instance);
      this.#logger.error(`embedded Perl: the server has ended: ${reason}`);
      this.#scheduleStart(instance.readyMs);
    }
    if (this.#instances.size === 0) this.#onEmpty();
  }

  /** Pending bytes may contain results; runs without result after a second are ended. */
  #endRuns(instance: ServerInstance, reason: string): void {
    if (instance.runs.size === 0) return;
    const end = () => {
      for (const run of [...instance.runs]) run.serverGone(`the server has ended: ${reason}`);
    };
    startAlarm(this.#clock, end, LAST_BYTES_MS);
  }

  #onFailedStart(reason: string): void {
    const delayMs = this.#scheduleStart(undefined);
    const meanwhile =
      this.#current === undefined ? "Perl plugins run as programs" : "the previous server stays in use";
    this.#logger.error(
      `embedded Perl: the server does not start: ${reason}; ${meanwhile}, next attempt in ${delayMs / 1000} s`,
    );
    this.#answerWaiting(false);
  }

  /** Schedules another start; the delay doubles with each failure. @returns the delay */
  #scheduleStart(readyMs: number | undefined): number {
    if (readyMs !== undefined && this.#clock.monotonicMs() - readyMs >= GOOD_LIFE_MS) this.#badEnds = 0;
    const delayMs = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#badEnds);
    this.#badEnds++;
    if (this.#isClosed || this.#next !== undefined) return delayMs;
    this.#retry?.cancel();
    this.#retry = startAlarm(this.#clock, () => this.#begin(), delayMs);
    return delayMs;
  }

  /** Ends a server after its running plugins, at the latest after a minute. */
  #retire(instance: ServerInstance): void {
    instance.isLeaving = true;
    if (instance.runs.size === 0) {
      this.#endWhenEmpty(instance);
      return;
    }
    instance.drainAlarm = startAlarm(this.#clock, () => instance.server?.end("now"), DRAIN_MS);
  }

  #endWhenEmpty(instance: ServerInstance): void {
    instance.drainAlarm?.cancel();
    instance.server?.end("drain");
  }

  #answerWaiting(isReady: boolean): void {
    for (const resolve of this.#waiting.splice(0)) resolve(isReady);
  }
}
