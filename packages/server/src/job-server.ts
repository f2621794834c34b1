import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "@mod-gearman/observe";
import { ProtocolError } from "@mod-gearman/protocol";
import type { AdminContext } from "./admin/context.ts";
import { QueueController } from "./admin/queue-control.ts";
import { type Accepted, Connection, type ConnectionHost } from "./connection.ts";
import type { DropReason } from "./core/counts.ts";
import type { Job, Peer } from "./core/entities.ts";
import { type CloseReason, JobServerError } from "./core/errors.ts";
import type { Denied, Guard } from "./core/guard.ts";
import { IdleFunctions } from "./core/idle-functions.ts";
import { JobQueues } from "./core/job-queues.ts";
import type { QueueEvents } from "./core/queue-events.ts";
import type { Steps } from "./core/steps.ts";
import { diagnostics } from "./diagnostics.ts";
import { Entrances } from "./entrances.ts";
import { Flusher } from "./flusher.ts";
import type { Guest } from "./handlers/guest.ts";
import { HttpConnection } from "./http/http-connection.ts";
import type { JobServer, JobServerStats } from "./job-server-interface.ts";
import { KindsOfLines } from "./kinds-of-lines.ts";
import { MemoryRelease } from "./memory-release.ts";
import { fromBytes, printJobName } from "./observe/printed-names.ts";
import { allQueueMetrics } from "./observe/queue-metrics.ts";
import type { ServerMetrics, ServerTotals } from "./observe/server-metrics.ts";
import { type SiteView, siteView } from "./observe/site-view.ts";
import {
  type EntranceSettings,
  type JobServerOptions,
  type LiveSettings,
  resolveLive,
  resolveOptions,
  type Settings,
} from "./options.ts";
import { Slicer } from "./slicer.ts";
import { StoredJobs } from "./stored-jobs.ts";
import { Watch } from "./watch.ts";

/**
 * A job server that keeps its jobs in memory, background jobs in a `store` too if one is given. It listens after
 * `listen()` only; a process may have several.
 *
 * @throws JobServerError BAD_OPTION
 */
export function createJobServer(options: JobServerOptions = {}): JobServer {
  return new MemoryJobServer(resolveOptions(options));
}

/** Logged by who asks for it. */
const ASKED_FOR: ReadonlySet<DropReason> = new Set(["purge", "cancel"]);
const LOOPBACK = /^(?:127\.|::1$|unix$)/;

class MemoryJobServer implements JobServer {
  #settings: Settings;
  readonly #logger: Logger;
  readonly #stored: StoredJobs | undefined;
  readonly #queues: JobQueues;
  readonly control: QueueController;
  readonly #flusher = new Flusher();
  readonly #slicer = new Slicer();
  readonly #idleFunctions: IdleFunctions | undefined;
  readonly #entrances: Entrances;
  readonly #host: ConnectionHost;
  readonly #connections = new Set<Guest>(); // until their stream is closed
  readonly #closed: Partial<Record<CloseReason, number>> = {};
  readonly #lines: KindsOfLines;
  #accepted = 0;
  #refused = 0;
  #turnedAway = 0;
  #handshakesFailed = 0;
  readonly #denied: Record<Denied, number> = { announce: 0, submit: 0, admin: 0 };
  #state: "open" | "draining" | "closed" = "open";
  readonly #watch: Watch;
  readonly #memoryRelease: MemoryRelease | undefined;
  #isEnding = false; // the end is being evaluated
  readonly #ended = Promise.withResolvers<void>();
  readonly metrics: ServerMetrics = {
    totals: () => this.#totals(),
    queues: () => allQueueMetrics(this.#queues),
  };
  readonly site: SiteView;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#logger = settings.logger;
    this.#lines = new KindsOfLines(settings.logger, settings.clock);
    const { store, storeOnShutdown } = settings;
    if (store !== undefined) this.#stored = new StoredJobs(store, storeOnShutdown);
    const events: QueueEvents = {
      accepted: (job) => this.#onAccepted(job),
      timedOut: (job) =>
        this.#lines.warn("timeout", `Worker timeout reached on job, requeueing: ${printJobName(job)}`),
      retriesUsedUp: (job) =>
        settings.jobLogger.info(`Dropped job due to max retry count: ${printJobName(job)}`),
      gone: (job) => this.#onGone(job),
      dropped: ({ name }, reason) =>
        ASKED_FOR.has(reason) ||
        this.#lines.warn(`dropped ${reason}`, `Dropped a job of ${fromBytes(name)}, limit: ${reason}`),
      tick: () => this.#watch.tick(this.#settings),
      tooManyFunctions: () =>
        this.#lines.warn(
          "functions",
          `there are ${settings.maxFunctions} functions, no further one is accepted`,
        ),
    };
    this.#queues = new JobQueues(settings, settings.clock, events, this.#stored);
    this.site = siteView(this.#queues, () => this.#peers());
    this.control = new QueueController(this.#queues, {
      logger: settings.logger,
      pursue: (steps, onDone) => this.#pursue(steps, onDone),
    });
    this.#watch = new Watch(this.#queues, this.#logger, {
      peers: () => this.#peers(),
      pursue: (steps, onDone) => this.#pursue(steps, onDone),
    });
    const { releaseMemory } = settings;
    if (releaseMemory !== undefined) this.#memoryRelease = new MemoryRelease(settings.clock, releaseMemory);
    if (settings.forgetFunctionsMs > 0) this.#idleFunctions = this.#forgetIdleFunctions();
    this.#entrances = new Entrances(settings, {
      mayEnter: (socket) => this.#mayEnter(socket),
      onEntered: (accepted, entrance) => this.#onEntered(accepted, entrance),
      onListening: (bound) => this.#logger.info(`Listening on ${printBound(bound)}`),
      onProblem: (text) => this.#lines.warn("listen", text),
      onHandshakeFailed: (text) => this.#onHandshakeFailed(text),
      onAcceptError: (error) => this.#lines.error("accept", `accept: ${error.message}`),
    });
    this.#host = {
      ...settings,
      queues: this.#queues,
      flusher: this.#flusher,
      slicer: this.#slicer,
      commits: this.#stored,
      onFreed: (bytes) => this.#memoryRelease?.note(bytes),
      admin: (connection, guard) => this.#adminContext(connection, guard),
      onDenied: (guest, what, name) => this.#onDenied(guest, what, name),
      onRefused: (connection, code, text) => this.#onRefused(connection, code, text),
      onClosing: (connection, reason, cause) => this.#onClosing(connection, reason, cause),
      onLeft: (connection) => this.#onLeft(connection),
      onClosed: (connection) => this.#onClosed(connection),
    };
  }

  async listen(): Promise<AddressInfo> {
    if (this.#state !== "open") throw new JobServerError("CLOSED", "the job server was closed");
    if (this.#stored !== undefined)
      this.#logger.info(`Took ${await this.#stored.open(this.#queues)} jobs over from the store`);
    return await this.#entrances.listen();
  }

  accept(duplex: Duplex): void {
    if (this.#state === "closed") duplex.destroy();
    else this.#connect({ duplex });
  }

  #connect(accepted: Accepted, entrance?: EntranceSettings): void {
    this.#accepted += 1;
    const connection =
      entrance?.protocol === "http"
        ? new HttpConnection(this.#accepted, accepted.socket ?? accepted.duplex, this.#host, accepted)
        : new Connection(this.#accepted, accepted, this.#host);
    this.#connections.add(connection);
    if (this.#logger.isEnabled("info")) this.#logger.info(`Accepted connection from ${connection.name}`);
    if (diagnostics.connect.hasSubscribers) diagnostics.connect.publish({ peer: connection.name });
    connection.open();
  }

  address(): AddressInfo | undefined {
    return this.#entrances.address();
  }

  addresses(): AddressInfo[] {
    return this.#entrances.addresses();
  }

  close(options: { graceful?: boolean } = {}): Promise<void> {
    if (this.#state !== "closed") {
      this.#entrances.close();
      this.#state = "draining";
      if (options.graceful !== true) this.#closeAll((connection) => connection.destroy());
      else this.#endWhenIdle();
    }
    return this.#ended.promise;
  }

  reconfigure(live: LiveSettings): void {
    this.#settings = { ...this.#settings, ...resolveLive(live) };
    this.#queues.setRules(this.#settings);
  }

  renewTls(): void {
    this.#entrances.renewTls(this.#logger);
  }

  problem(): string | undefined {
    return this.#state === "open" ? this.#stored?.problem : "shutting down";
  }

  stats(): JobServerStats {
    return {
      connections: this.#connections.size,
      accepted: this.#accepted,
      functions: this.#queues.functions.size,
      jobs: this.#queues.jobs.size,
      running: this.#queues.running,
      jobsMade: this.#queues.jobs.made,
      refused: this.#refused,
      turnedAway: this.#turnedAway,
      handshakesFailed: this.#handshakesFailed,
      denied: { ...this.#denied },
      closed: { ...this.#closed },
      store: this.#stored?.store.health(),
    };
  }

  #totals(): ServerTotals {
    const { grabs, coalesced, requeued, moved, dropped, rejected } = this.#queues.counts;
    const { bytes } = this.#queues;
    const { stalls } = this.#watch;
    return { ...this.stats(), bytes, grabs, coalesced, requeued, moved, dropped, rejected, stalls };
  }

  #mayEnter(socket: Socket): boolean {
    const { maxConnections } = this.#settings;
    if (this.#state === "closed") {
      socket.destroy();
      return false;
    }
    if (maxConnections === undefined) return true;
    if (this.#connections.size + this.#entrances.pending < maxConnections) return true;
    this.#turnedAway += 1;
    const text = `closed a new connection: there are ${maxConnections}, the most that are allowed`;
    this.#lines.error("connections", text);
    socket.destroy();
    return false;
  }

  #onEntered(accepted: Accepted, entrance: EntranceSettings): void {
    if (this.#state !== "closed") this.#connect(accepted, entrance);
    else (accepted.socket ?? accepted.duplex).destroy();
  }

  #onHandshakeFailed(text: string): void {
    this.#handshakesFailed += 1;
    this.#lines.warn("tls", text);
  }

  #adminContext(connection: Connection, guard: Guard | undefined): AdminContext {
    const { version, verbose, pid, onShutdown } = this.#settings;
    const isLocal = LOOPBACK.test(connection.peer.address);
    const shutdown = (graceful: boolean) =>
      this.#flusher.afterwards(() => void setImmediate(() => onShutdown?.(graceful)));
    const allowed = isLocal && onShutdown !== undefined ? shutdown : undefined;
    const onDenied = (command: string) => this.#onDenied(connection, "admin", command);
    const own = { guard, onDenied, shutdown: allowed };
    const who = `${connection.name} ${connection.peer.clientId}`;
    const { control } = this;
    return { queues: this.#queues, control, who, peers: this.#peers(), version, verbose, pid, ...own };
  }

  *#peers(): Iterable<Peer> {
    for (const connection of this.#connections) yield connection.peer;
  }

  #onAccepted(job: Job): void {
    const {
      function: { name },
      unique,
      whenSeconds,
      reducer,
    } = job;
    const { jobLogger } = this.#settings;
    if (jobLogger.isEnabled("info"))
      jobLogger.info(
        fromBytes(`accepted,${name},${unique},${whenSeconds}${reducer === undefined ? "" : `,${reducer}`}`),
      );
    if (diagnostics.queue.hasSubscribers)
      diagnostics.queue.publish({ handle: job.handle, function: name, bytes: job.dataBytes });
  }

  #onGone(job: Job): void {
    this.#memoryRelease?.note(job.dataBytes);
    if (diagnostics.finish.hasSubscribers) diagnostics.finish.publish({ handle: job.handle });
    this.#endWhenIdle();
  }

  #onRefused(connection: Guest, code: string, text: string): void {
    this.#refused += 1;
    this.#lines.warn("refused", `GEARMAND_${code}:${text} (${connection.name})`);
  }

  #onDenied(guest: Guest, what: Denied, name: string): void {
    this.#denied[what] += 1;
    this.#lines.warn("rights", `Not allowed: ${guest.name} ${what} ${fromBytes(name)}`);
  }

  #onClosing(connection: Guest, reason: CloseReason, cause: unknown): void {
    this.#closed[reason] = (this.#closed[reason] ?? 0) + 1;
    const head = cause instanceof ProtocolError ? ` (${cause.headHex})` : "";
    const text = `Closing connection ${connection.name}: ${reason}${head}`;
    if (reason !== "INTERNAL") this.#lines.warn(reason, text);
    else this.#logger.error(`${text} ${cause instanceof Error ? cause.stack : cause}`);
  }

  #forgetIdleFunctions(): IdleFunctions {
    const { clock, forgetFunctionsMs } = this.#settings;
    const idle = new IdleFunctions(this.#queues.functions, clock, {
      afterMs: forgetFunctionsMs,
      pursue: (steps) => this.#pursue(steps),
    });
    idle.start();
    return idle;
  }

  #onLeft(connection: Guest): void {
    if (this.#logger.isEnabled("info")) this.#logger.info(`Disconnected ${connection.name}`);
    if (diagnostics.disconnect.hasSubscribers) diagnostics.disconnect.publish({ peer: connection.name });
    const running = connection.peer.held.size;
    if (running > 0)
      this.#lines.warn("worker", `Worker ${connection.name} left ${running} jobs running, requeueing`);
    this.#pursue(this.#queues.disconnect(connection.peer), () => this.#endWhenIdle());
  }

  /** Performs work in slices that belongs to no request. */
  #pursue(steps: Steps, onDone?: () => void): void {
    const step = (): boolean => {
      try {
        if (steps.next().done !== true) return true;
        onDone?.();
      } catch (error) {
        this.#logger.error(`internal error: ${error instanceof Error ? error.stack : error}`);
      }
      return false;
    };
    this.#slicer.run({ step });
  }

  #onClosed(connection: Guest): void {
    this.#connections.delete(connection);
    if (this.#state === "closed" && this.#connections.size === 0) this.#onEmpty();
  }

  /** At the end of this turn, as the evaluation examines many jobs. */
  #endWhenIdle(): void {
    if (this.#state !== "draining" || this.#isEnding) return;
    this.#isEnding = true;
    this.#flusher.afterwards(() => {
      this.#isEnding = false;
      if (this.#state === "draining" && !this.#queues.hasWork())
        this.#closeAll((connection) => connection.end());
    });
  }

  #closeAll(close: (connection: Guest) => void): void {
    this.#state = "closed";
    this.#slicer.close();
    this.#idleFunctions?.close();
    this.#memoryRelease?.close();
    for (const connection of [...this.#connections]) close(connection);
    this.#queues.close();
    this.#lines.close();
    if (this.#connections.size === 0) this.#onEmpty();
  }

  /** Closed, and no connection is left. */
  #onEmpty(): void {
    const stored = this.#stored;
    if (stored === undefined) this.#ended.resolve();
    else stored.close(this.#queues.jobs).then((missing) => this.#onStored(missing), this.#ended.reject);
  }

  #onStored(missing: number): void {
    if (missing > 0) this.#logger.error(`${missing} background jobs are lost: the store has not taken them`);
    this.#ended.resolve();
  }
}

function printBound({ address, port, family }: AddressInfo): string {
  return family === "unix" ? address : `${address}:${port}`;
}
