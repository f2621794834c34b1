import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Alarm, startAlarm } from "@mod-gearman/base";
import { type Logger, rateLimited } from "@mod-gearman/observe";
import { FOLDER_PREFIX, removeDeadFolders, SOCKET_NAME } from "./dead-folders.ts";
import type { EpnClock, EpnSettings } from "./epn.ts";
import type { EpnRun } from "./epn-run.ts";
import { type EpnServer, type ServerOptions, startServer } from "./server-process.ts";

/** A server with what runs in it. */
export interface ServerPlace {
  readonly socketPath: string;
  /** Runs that are not over. */
  readonly runs: Set<EpnRun>;
  readonly pid: number;
}

/** Collaborators of a keeper. */
export interface ServerKeeperOptions {
  readonly settings: EpnSettings;
  readonly folder: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly startTimeoutMs: number;
  readonly clock: EpnClock;
  readonly logger: Logger;
  /** A server has ended by itself, perhaps with runs in it. */
  onDeath(place: ServerPlace): void;
  /** Starts servers. Default: processes. */
  readonly launch?: (options: ServerOptions) => EpnServer;
}

/** Runs of a server that is being replaced get this long. Source: D27. */
const DRAIN_MS = 60_000;
const FIRST_DELAY_MS = 1000;
const LAST_DELAY_MS = 60_000;
/** A server that has lived this long starts the delays anew. */
const GOOD_LIFE_MS = 60_000;
/** At most one new server in this time for a damage that is only suspected. */
const DAMAGE_PAUSE_MS = 60_000;
/** How long the bytes of a server that has ended may take to be read. */
const LAST_BYTES_MS = 1000;
/** Names of Unix sockets have at most 107 bytes. */
const MAX_SOCKET_PATH_BYTES = 107;

class Place implements ServerPlace {
  /** Of its own, 0700. */
  readonly folder: string;
  readonly socketPath: string;
  readonly runs = new Set<EpnRun>();
  server: EpnServer | undefined;
  readyMs: number | undefined;
  /** It was told, or is about to be told, to end. */
  isLeaving = false;
  drainAlarm: Alarm | undefined;

  /** @throws the system's error, or one that says that the name is too long for a socket */
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
 * Keeps one server alive: starts it, again after its end with a delay of 1 to 60 s, and puts a new one in the place of
 * one that is damaged, silent or has other settings. The new one comes first; the old one ends after what runs in it.
 */
export class ServerKeeper {
  readonly #options: ServerKeeperOptions;
  readonly #clock: EpnClock;
  readonly #logger: Logger;
  readonly #launch: (options: ServerOptions) => EpnServer;
  readonly #places = new Set<Place>();
  readonly #tellDamage: (text: string) => void;
  #settings: EpnSettings;
  #current: Place | undefined;
  #next: Place | undefined;
  #retry: Alarm | undefined;
  #badEnds = 0;
  #damageMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;
  /** Whoever waits for the attempt to start that is under way. */
  #waiting: ((isReady: boolean) => void)[] = [];
  #onEmpty: () => void = () => undefined;
  /** Servers started so far. */
  started = 0;

  constructor(options: ServerKeeperOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#launch = options.launch ?? startServer;
    this.#tellDamage = rateLimited(
      (text) => options.logger.warn(text),
      DAMAGE_PAUSE_MS,
      () => options.clock.now(),
    );
  }

  /** The server that takes plugins. */
  get current(): ServerPlace | undefined {
    return this.#current;
  }

  /** Resolves with whether the next attempt has given a server. */
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

  /** `place` seems to be damaged: a new one takes over once it is ready. At most once a minute. */
  replaceDamaged(place: ServerPlace, sign: string): void {
    if (place !== this.#current || this.#isClosed) return;
    const now = this.#clock.now();
    if (now - this.#damageMs < DAMAGE_PAUSE_MS) return;
    this.#damageMs = now;
    this.#tellDamage(`embedded Perl: the server is replaced, it said "${sign}"`);
    this.#begin();
  }

  /** `place` does not answer: it gets no plugins any more. */
  replaceSilent(place: ServerPlace): void {
    if (place !== this.#current || this.#isClosed) return;
    this.#logger.error("embedded Perl: the server cannot be reached or does not answer, it is replaced");
    const old = this.#current;
    this.#current = undefined;
    this.#retire(old);
    this.#again(old.readyMs);
  }

  /** A run is over. */
  release(place: ServerPlace, run: EpnRun): void {
    place.runs.delete(run);
    const own = place as Place;
    if (own.isLeaving && own.runs.size === 0) this.#endWhenEmpty(own);
  }

  /** Ends all servers and what runs in them. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stop();
    for (const place of this.#places) place.server?.end("now");
    if (this.#places.size === 0) return;
    this.#onEmpty = resolve;
    await promise;
  }

  /** Kills all servers in this turn. */
  abandon(): void {
    this.#stop();
    for (const place of this.#places) {
      place.server?.kill();
      place.removeFolder();
    }
  }

  #stop(): void {
    this.#isClosed = true;
    this.#current = undefined;
    this.#next = undefined;
    this.#retry?.cancel();
    this.#answerWaiting(false);
    for (const place of this.#places) {
      place.isLeaving = true;
      place.drainAlarm?.cancel();
    }
  }

  #begin(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
    if (this.#isClosed || this.#next !== undefined) return;
    const parent = this.#options.folder ?? tmpdir();
    if (this.started === 0) void removeDeadFolders(parent, Date.now());
    let place: Place | undefined;
    try {
      place = new Place(parent);
      this.#places.add(place);
      this.#next = place;
      place.server = this.#launch(this.#serverOptions(place));
      this.started++;
    } catch (error) {
      this.#next = undefined;
      if (place !== undefined) this.#places.delete(place);
      place?.removeFolder();
      this.#onFailedStart(error instanceof Error ? error.message : String(error));
    }
  }

  #serverOptions(place: Place): ServerOptions {
    const { env, startTimeoutMs, clock, logger } = this.#options;
    const events = {
      ready: () => this.#onReady(place),
      gone: (reason: string) => this.#onGone(place, reason),
      damage: (sign: string) => this.replaceDamaged(place, sign),
    };
    const { socketPath } = place;
    return { settings: this.#settings, socketPath, env, startTimeoutMs, clock, logger, events };
  }

  #onReady(place: Place): void {
    if (place !== this.#next) return;
    const old = this.#current;
    this.#next = undefined;
    this.#current = place;
    place.readyMs = this.#clock.now();
    this.#logger.info(`embedded Perl: server ready, pid ${place.pid}`);
    if (old !== undefined) this.#retire(old);
    this.#answerWaiting(true);
  }

  #onGone(place: Place, reason: string): void {
    this.#places.delete(place);
    place.drainAlarm?.cancel();
    place.removeFolder();
    this.#endRuns(place, reason);
    if (place === this.#next) {
      this.#next = undefined;
      this.#onFailedStart(reason);
    } else if (place === this.#current) {
      this.#current = undefined;
      this.#options.onDeath(place);
      this.#logger.error(`embedded Perl: the server has ended: ${reason}`);
      this.#again(place.readyMs);
    }
    if (this.#places.size === 0) this.#onEmpty();
  }

  /** What was read so far may hold results; what is missing after a moment does not come. */
  #endRuns(place: Place, reason: string): void {
    if (place.runs.size === 0) return;
    const end = () => {
      for (const run of [...place.runs]) run.serverGone(`the server has ended: ${reason}`);
    };
    startAlarm(this.#clock, end, LAST_BYTES_MS);
  }

  #onFailedStart(reason: string): void {
    const delayMs = this.#again(undefined);
    const meanwhile = this.#current === undefined ? "Perl plugins run as programs" : "the former one goes on";
    this.#logger.error(
      `embedded Perl: the server does not start: ${reason}; ${meanwhile}, next attempt in ${delayMs / 1000} s`,
    );
    this.#answerWaiting(false);
  }

  /** Starts another server, the later the more have ended badly. @returns the delay */
  #again(readyMs: number | undefined): number {
    if (readyMs !== undefined && this.#clock.now() - readyMs >= GOOD_LIFE_MS) this.#badEnds = 0;
    const delayMs = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#badEnds);
    this.#badEnds++;
    if (this.#isClosed || this.#next !== undefined) return delayMs;
    this.#retry?.cancel();
    this.#retry = startAlarm(this.#clock, () => this.#begin(), delayMs);
    return delayMs;
  }

  /** Lets a server end after what runs in it, at the latest after a minute. */
  #retire(place: Place): void {
    place.isLeaving = true;
    if (place.runs.size === 0) {
      this.#endWhenEmpty(place);
      return;
    }
    place.drainAlarm = startAlarm(this.#clock, () => place.server?.end("now"), DRAIN_MS);
  }

  #endWhenEmpty(place: Place): void {
    place.drainAlarm?.cancel();
    place.server?.end("drain");
  }

  #answerWaiting(isReady: boolean): void {
    for (const resolve of this.#waiting.splice(0)) resolve(isReady);
  }
}
