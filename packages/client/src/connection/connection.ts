import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import {
  type Clock,
  type Logger,
  nullLogger,
  printAddress,
  type ServerAddress,
  systemClock,
  type Timer,
} from "@mod-gearman/base";
import { encodePacket, type Packet } from "@mod-gearman/protocol";
import { Backoff } from "./backoff.ts";
import { closeStream, TLS_END_MS } from "./close-stream.ts";
import { type DuplexFactory, dialSafely, dialTcp } from "./dial.ts";
import type { DisconnectReason } from "./disconnect-reason.ts";
import { ClientError } from "./errors.ts";
import { dialAnswering } from "./first-answer.ts";
import { Link } from "./link.ts";
import type { Liveness } from "./liveness.ts";

export type ConnectionLogger = Pick<Logger, "warn" | "info" | "debug">;

/** Settings of a {@link Connection}. Times are milliseconds. */
export interface ConnectionOptions {
  /** In order of preference, not empty. */
  readonly servers: readonly ServerAddress[];
  readonly duplex?: DuplexFactory;
  readonly clock?: Clock;
  readonly logger?: ConnectionLogger;
  /** Default 5000. */
  readonly connectTimeoutMs?: number;
  /** Longest wait between two rounds of attempts, before jitter. Default 3000 (worker.md 2.4). */
  readonly maxDelayMs?: number;
  /** Maximum of unsent output while the server does not read. Default 16 MiB, at least 64 KiB. */
  readonly maxOutputBytes?: number;
  /** Largest packet body accepted. Default 256 MiB (job-server.md 1.1). */
  readonly maxBodyBytes?: number;
  /**
   * Notices a server that has gone silent within three seconds; a server counts as connected once it has answered. Shared
   * by the connections of a process. Without it only the timeouts of requests notice.
   */
  readonly liveness?: Liveness;
  /**
   * For thousands of packets a second over several connections: packets of one iteration of the event loop leave in one
   * write. Otherwise those of one callback do.
   */
  readonly bulk?: boolean;
}

/** idle: not opened. waiting: between two attempts. closing: flushing the output. closed: final. */
export type ConnectionState = "idle" | "connecting" | "connected" | "waiting" | "closing" | "closed";

/** Events of a {@link Connection}. `disconnect` follows each `connect` exactly once. */
export interface ConnectionEvents {
  connect: [server: ServerAddress];
  disconnect: [reason: DisconnectReason];
  packet: [packet: Packet];
  /** Output is accepted again after `send` returned false. */
  drain: [];
  /** Every server of the list has refused; the next round follows after a wait. */
  unreachable: [reason: DisconnectReason];
}

/** Called in place of the event `packet`, for speed. Internal to the package. */
export interface ConnectionHooks {
  /** See `LinkHandlers`. */
  onJobCreated?(bytes: Buffer, start: number, end: number): void;
}

const CONNECT_TIMEOUT_MS = 5000;
const MAX_DELAY_MS = 3000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const MAX_BODY_BYTES = 256 * 1024 * 1024;
const LOG_EVERY_MS = 60_000;
/** A server that has answered another connection is tried within this time. Spread, as there may be a hundred of them. */
const HURRIED_MS = 250;
const ECHO = encodePacket("REQ", { name: "ECHO_REQ", data: Buffer.from("alive?") });

/**
 * A connection to the first of several job servers that accepts, used until it fails and then replaced, with growing
 * waits between the attempts. Names are resolved at every attempt. Nothing is resent: that is left to the caller.
 */
export class Connection extends EventEmitter<ConnectionEvents> {
  readonly #hooks: ConnectionHooks;
  readonly #servers: readonly ServerAddress[];
  readonly #dial: DuplexFactory;
  readonly #clock: Clock;
  readonly #logger: ConnectionLogger;
  readonly #backoff: Backoff;
  readonly #connectTimeoutMs: number;
  readonly #maxDelayMs: number;
  readonly #maxOutputBytes: number;
  readonly #maxBodyBytes: number;
  readonly #liveness: Liveness | undefined;
  readonly #bulk: boolean;
  #unwatch: () => void = () => {};
  #unawait: () => void = () => {};
  /** Once per stable connection: a server that closes each new one at once is not tried without a pause. */
  #mayHurry = true;
  #state: ConnectionState = "idle";
  #link: Link | undefined;
  #attempt: AbortController | undefined;
  #timer: Timer | undefined; // of the attempt, of the wait or of the closing
  #serverIndex = 0;
  #triedInRound = 0;
  #connectedAtMs = 0;
  #wantsDrain = false;
  #failureLoggedAtMs = Number.NEGATIVE_INFINITY;
  #closed: PromiseWithResolvers<void> | undefined;

  /** @throws ClientError BAD_ARGUMENT without a server */
  constructor(options: ConnectionOptions, hooks: ConnectionHooks = {}) {
    super();
    this.#hooks = hooks;
    if (options.servers.length === 0) throw new ClientError("BAD_ARGUMENT", "no job server given");
    this.#servers = [...options.servers];
    this.#clock = options.clock ?? systemClock;
    this.#liveness = options.liveness;
    this.#bulk = options.bulk ?? false;
    const dial = options.duplex ?? dialTcp();
    this.#dial = options.liveness === undefined ? dial : dialAnswering(dial, this.#clock);
    this.#logger = options.logger ?? nullLogger;
    this.#connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    this.#maxDelayMs = options.maxDelayMs ?? MAX_DELAY_MS;
    this.#maxOutputBytes = options.maxOutputBytes ?? MAX_OUTPUT_BYTES;
    this.#maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#backoff = new Backoff(this.#maxDelayMs, () => this.#clock.random());
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Connected, being tried, or next to try. */
  get server(): ServerAddress {
    return this.#servers[this.#serverIndex] as ServerAddress;
  }

  /** Idempotent. */
  open(): void {
    if (this.#state === "idle") this.#connect();
  }

  /** Whether `send` accepts output now; if not, the event `connect` or `drain` follows. */
  get canSend(): boolean {
    if (this.#state !== "connected" || this.#link === undefined) return false;
    if (!this.#link.isFull(this.#maxOutputBytes)) return true;
    this.#wantsDrain = true;
    return false;
  }

  /**
   * Sends packets, so that the unsent output exceeds `maxOutputBytes` by one call at most.
   *
   * @returns false if nothing was sent: not connected, or `maxOutputBytes` are unsent (event `drain` follows)
   */
  send(bytes: Buffer): boolean {
    if (!this.canSend) return false;
    this.#link?.send(bytes);
    return true;
  }

  /** Ends the current connection, if any, and reconnects after the usual wait; after TIMEOUT to the next server. */
  drop(reason: DisconnectReason): void {
    if (this.#state === "connected") void this.#link?.destroy(reason);
  }

  /**
   * Closes the connection after flushing the output for at most `flushMs` (0: without flushing). Resolves when closed.
   * Idempotent.
   *
   * @param isGivenUp what was sent counts as not sent: nothing of it may arrive any more
   */
  close(flushMs = 0, isGivenUp = false): Promise<void> {
    if (this.#closed !== undefined) return this.#closed.promise;
    this.#closed = Promise.withResolvers<void>();
    this.#clearTimer();
    this.#unawait();
    this.#attempt?.abort(new ClientError("CLOSED", "closed while connecting"));
    this.#attempt = undefined;
    const link = this.#link;
    if (link === undefined) {
      this.#setClosed();
    } else if (isGivenUp) {
      void link.destroy(CLOSED, true);
    } else if (flushMs > 0 || link.isSecured) {
      this.#state = "closing";
      const limitMs = link.isSecured ? Math.max(flushMs, TLS_END_MS) : flushMs;
      this.#timer = this.#clock.setTimeout(() => link.destroy(CLOSED, true), limitMs);
      link.finish();
    } else {
      void link.destroy(CLOSED);
    }
    return this.#closed.promise;
  }

  #connect(): void {
    this.#unawait();
    this.#state = "connecting";
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#timer = this.#clock.setTimeout(() => {
      const error = new ClientError("TIMEOUT", `no connection within ${this.#connectTimeoutMs} ms`);
      this.#failed(attempt, error);
      attempt.abort(error);
    }, this.#connectTimeoutMs);
    const server = this.server;
    void dialSafely(this.#dial, server, attempt.signal).then(
      (stream) => this.#connected(attempt, stream, server),
      (error: unknown) => this.#failed(attempt, error),
    );
  }

  #connected(attempt: AbortController, stream: Duplex, server: ServerAddress): void {
    if (this.#attempt !== attempt) {
      void closeStream(stream.on("error", () => {})); // timed out or closed meanwhile
      return;
    }
    this.#attempt = undefined;
    this.#clearTimer();
    this.#state = "connected";
    this.#wantsDrain = false;
    this.#connectedAtMs = this.#clock.monotonicMs();
    const link = new Link(stream, this.#maxBodyBytes, {
      onPacket: (packet) => {
        if (packet.name === "ECHO_RES" && this.#liveness !== undefined) return;
        if (this.#state === "connected") this.emit("packet", packet);
      },
      onJobCreated: this.#hooks.onJobCreated,
      onDrain: () => this.#drained(),
      onEnd: (reason) => this.#disconnected(reason),
      isBulk: this.#bulk,
    });
    this.#link = link;
    if (this.#liveness !== undefined) this.#unwatch = this.#watch(this.#liveness, server, link);
    this.#logger.info(`connected to job server ${printAddress(server)}`);
    this.emit("connect", server);
  }

  #watch(liveness: Liveness, server: ServerAddress, link: Link): () => void {
    return liveness.watch(server, {
      takeHeard: () => {
        const heard = link.heard;
        link.heard = false;
        return heard;
      },
      ask: () => link.send(ECHO),
      giveUp: () => link.destroy({ code: "TIMEOUT", text: "no answer to an echo request" }),
    });
  }

  #failed(attempt: AbortController, error: unknown): void {
    if (this.#attempt !== attempt) return;
    this.#attempt = undefined;
    this.#clearTimer();
    const text = `cannot connect to job server ${printAddress(this.server)}: ${textOf(error)}`;
    this.#logFailure(text);
    this.#serverIndex = (this.#serverIndex + 1) % this.#servers.length;
    this.#triedInRound++;
    if (this.#triedInRound < this.#servers.length) {
      this.#connect();
      return;
    }
    this.#serverIndex = 0;
    this.#wait();
    this.emit("unreachable", { code: "ERROR", text, cause: error });
  }

  #disconnected(reason: DisconnectReason): void {
    const closing = this.#closed !== undefined;
    this.#link = undefined;
    this.#unwatch();
    this.#clearTimer();
    const stable = this.#clock.monotonicMs() - this.#connectedAtMs >= this.#maxDelayMs;
    if (stable) {
      this.#mayHurry = true;
      this.#backoff.reset();
      this.#failureLoggedAtMs = Number.NEGATIVE_INFINITY;
    }
    // a server that accepts connections but does not answer must not prevent attempts on the others
    const preferFirst = stable && reason.code !== "TIMEOUT";
    if (!closing) {
      this.#logFailure(`lost job server ${printAddress(this.server)}: ${reason.text}`);
      this.#serverIndex = preferFirst ? 0 : (this.#serverIndex + 1) % this.#servers.length;
      this.#wait();
    }
    if (closing) this.#state = "closed";
    this.emit("disconnect", closing ? CLOSED : reason);
    if (closing) this.#setClosed();
  }

  #wait(): void {
    this.#state = "waiting";
    this.#triedInRound = 0;
    this.#connectAfter(this.#backoff.next());
    if (this.#liveness !== undefined && this.#mayHurry) this.#awaitOthers(this.#liveness);
  }

  #connectAfter(ms: number): void {
    this.#clearTimer();
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#connect();
    }, ms);
  }

  /** Another connection of this process may learn first that a server is back. */
  #awaitOthers(liveness: Liveness): void {
    const hurry = (): void => {
      this.#unawait();
      this.#mayHurry = false;
      this.#connectAfter(this.#clock.random() * HURRIED_MS);
    };
    const ends = this.#servers.map((server) => liveness.await(server, hurry));
    this.#unawait = () => {
      for (const end of ends) end();
    };
  }

  #drained(): void {
    if (!this.#wantsDrain || this.#state !== "connected") return;
    this.#wantsDrain = false;
    this.emit("drain");
  }

  #setClosed(): void {
    this.#state = "closed";
    this.#closed?.resolve();
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Warns at most once a minute about a server that is away. */
  #logFailure(text: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#failureLoggedAtMs < LOG_EVERY_MS) {
      this.#logger.debug(text);
      return;
    }
    this.#failureLoggedAtMs = nowMs;
    this.#logger.warn(text);
  }
}

const CLOSED: DisconnectReason = { code: "CLOSED", text: "closed" };

/** An AggregateError (all addresses of a name failed) has an empty message; its code says more. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return error.message !== "" ? error.message : String(code ?? error.name);
}
