import { createHash } from "node:crypto";
import {
  type Clock,
  isSameServer,
  type Logger,
  omitUndefined,
  printAddress,
  type ServerAddress,
  type Timer,
} from "@mod-gearman/base";
import {
  type BackgroundJob,
  ClientConnection,
  ClientError,
  type DuplexFactory,
  type Liveness,
  type SubmitOutcome,
  type SubmittedJob,
} from "@mod-gearman/client";

export interface ServerPoolOptions {
  /** In order of preference. */
  readonly servers: readonly ServerAddress[];
  /** Each queue has a preferred server of its own. */
  readonly spread: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly liveness: Liveness;
  /** Longest wait for a connection or an answer, milliseconds. */
  readonly timeoutMs: number;
  /** Submits that may wait unsent on one connection. */
  readonly maxQueued: number;
  /** Default: TCP. */
  readonly duplex?: DuplexFactory;
  /** Whether any job server takes jobs. */
  readonly onReachable: (isReachable: boolean) => void;
  /** The connection to one server ended; `isSilent`: because it did not answer. */
  readonly onAway: (server: ServerAddress, isSilent: boolean) => void;
  /** A server that was away answers again. */
  readonly onBack: (server: ServerAddress) => void;
}

interface Member {
  readonly server: ServerAddress;
  readonly client: ClientConnection;
  /** It was lost once: from then on others are preferred until it has been well for a while. */
  wasLost: boolean;
  /** It has refused since the last server was lost. */
  hasRefused: boolean;
  /** Connected, and for long enough that workers are back too. */
  isWell: boolean;
  timer: Timer | undefined;
}

const isWell = (member: Member): boolean => member.isWell;
const isConnected = ({ client }: Member): boolean => client.connected;

/**
 * After its return a server gets no jobs for this long while another one takes them: workers wait up to 4 s between
 * two attempts to connect.
 */
const WELL_AFTER_MS = 10_000;
/** How long a lost connection may take to be made again before the core learns of it. */
const AWAY_AFTER_MS = 1000;
/** A server that has not answered for this long gets no further job: what it holds may run a second time elsewhere. */
const MAX_SILENCE_MS = 250;
const MAX_CONNECT_MS = 3000;
const RETRY_MS = 1000;

/**
 * Puts background jobs on the first of several job servers that answers, or, spread, on the first in an order that
 * depends on the queue. There is a connection to each, so that a server that fails costs no time: its unanswered jobs
 * are rejected with CONNECTION_LOST, and the caller submits them again, to the next one.
 */
export class ServerPool {
  readonly #options: ServerPoolOptions;
  readonly #members: readonly Member[];
  /** By queue, only when spread. */
  readonly #orders = new Map<string, readonly Member[]>();
  readonly #waiting = new Set<() => void>();
  #isReachable = false;
  #awayTimer: Timer | undefined;
  #closed = false;

  constructor(options: ServerPoolOptions) {
    this.#options = options;
    this.#members = options.servers.map((server) => this.#connect(server));
  }

  /** Whether jobs can be submitted; a server that was lost a moment ago still counts. */
  get isReachable(): boolean {
    return this.#isReachable;
  }

  /** The connection to this server; undefined when it is none of the pool. */
  clientOf(server: ServerAddress): ClientConnection | undefined {
    return this.#members.find((member) => isSameServer(member.server, server))?.client;
  }

  /** Whether this server is one of the pool and away while another one takes jobs. */
  isReplaced(server: ServerAddress): boolean {
    const client = this.clientOf(server);
    return client !== undefined && !client.connected && this.#members.some((one) => one.client.connected);
  }

  /** Rejects at once with CLOSED, or with CONNECT_FAILED when no server is connected, else as {@link ClientConnection.submitBackground}. */
  submitBackground(job: BackgroundJob): Promise<SubmittedJob> {
    const chosen = this.#choose(job.function);
    return chosen instanceof ClientError ? Promise.reject(chosen) : chosen.submitBackground(job);
  }

  /** As {@link submitBackground}, see {@link ClientConnection.trackBackground}. */
  trackBackground(job: BackgroundJob, outcome: SubmitOutcome): void {
    const chosen = this.#choose(job.function);
    if (chosen instanceof ClientError) outcome.refused(chosen);
    else chosen.trackBackground(job, outcome);
  }

  #choose(queue: Buffer): ClientConnection | ClientError {
    if (this.#closed) return new ClientError("CLOSED", "no more jobs are taken");
    const order = this.#options.spread ? this.#orderFor(queue) : this.#members;
    const member = order.find(isWell) ?? order.find(isConnected);
    return member?.client ?? new ClientError("CONNECT_FAILED", "no job server reachable");
  }

  /** Resolves when a submit that failed with `error` is worth repeating: at once where another server takes jobs. */
  whenToRetry(error: unknown): Promise<void> {
    const isLost = error instanceof ClientError && error.code === "CONNECTION_LOST";
    if (isLost && this.#members.some(({ client }) => client.connected)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimeout(() => done(), RETRY_MS);
      const done = (): void => {
        this.#options.clock.clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      this.#waiting.add(done);
    });
  }

  /** Lets submits under way finish, bounded by the connections. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#clear(this.#awayTimer);
    for (const member of this.#members) this.#clear(member.timer);
    await Promise.all(this.#members.map(({ client }) => client.close()));
    for (const done of [...this.#waiting]) done();
  }

  #connect(server: ServerAddress): Member {
    const { clock, logger, liveness, timeoutMs, maxQueued, duplex } = this.#options;
    const client = new ClientConnection({
      ...omitUndefined({ servers: [server], clock, logger, liveness, maxQueued, duplex }),
      connectTimeoutMs: Math.min(timeoutMs, MAX_CONNECT_MS),
      submitTimeoutMs: timeoutMs,
      maxSilenceMs: MAX_SILENCE_MS,
      failWhenLost: true,
      bulk: true,
    });
    const member: Member = {
      ...{ server, client, timer: undefined },
      ...{ wasLost: false, hasRefused: false, isWell: false },
    };
    client.on("connect", () => this.#connected(member));
    client.on("disconnect", ({ code }) => this.#lost(member, code === "TIMEOUT"));
    client.on("unreachable", () => {
      member.hasRefused = true;
      if (this.#members.every((one) => one.hasRefused && !one.client.connected)) this.#setReachable(false);
    });
    return member;
  }

  #connected(member: Member): void {
    member.hasRefused = false;
    if (member.wasLost) {
      member.timer = this.#options.clock.setTimeout(() => {
        member.isWell = true;
      }, WELL_AFTER_MS);
      this.#options.onBack(member.server);
    } else member.isWell = true;
    this.#setReachable(true);
    for (const done of [...this.#waiting]) done();
  }

  #lost(member: Member, isSilent: boolean): void {
    member.wasLost = true;
    member.isWell = false;
    this.#clear(member.timer);
    member.timer = undefined;
    if (this.#closed) return;
    this.#options.onAway(member.server, isSilent);
    if (this.#members.some(({ client }) => client.connected)) return;
    for (const one of this.#members) one.hasRefused = false;
    this.#clear(this.#awayTimer);
    this.#awayTimer = this.#options.clock.setTimeout(() => this.#setReachable(false), AWAY_AFTER_MS);
  }

  #setReachable(isReachable: boolean): void {
    this.#clear(this.#awayTimer);
    this.#awayTimer = undefined;
    if (this.#isReachable === isReachable || this.#closed) return;
    this.#isReachable = isReachable;
    this.#options.onReachable(isReachable);
  }

  #clear(timer: Timer | undefined): void {
    if (timer !== undefined) this.#options.clock.clearTimeout(timer);
  }

  /** Rendezvous hashing: a server that goes or comes moves no queue between the others. */
  #orderFor(queue: Buffer): readonly Member[] {
    const name = queue.toString("latin1");
    const known = this.#orders.get(name);
    if (known !== undefined) return known;
    const weight = ({ server }: Member): string =>
      createHash("sha256").update(printAddress(server)).update("\0").update(queue).digest("hex");
    const order = this.#members
      .map((member) => ({ member, weight: weight(member) }))
      .toSorted((a, b) => (a.weight < b.weight ? -1 : 1))
      .map(({ member }) => member);
    if (this.#orders.size < MAX_ORDERS) this.#orders.set(name, order);
    return order;
  }
}

/** Queues are few; a custom variable with a value for each host may make them many. */
const MAX_ORDERS = 10_000;
