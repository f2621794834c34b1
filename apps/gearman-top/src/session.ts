import { type Clock, printAddress, printable, type ServerAddress, type Timer } from "@mod-gearman/base";
import type { AdminQuery } from "@mod-gearman/client";
import type { CountersAnswer } from "./answer.ts";
import { askCounters, askQueues, askWorkers } from "./ask.ts";
import { printTime } from "./classic.ts";
import { type Controls, initialControls, needsCounters, press, type RowId } from "./controls.ts";
import { detailLines } from "./details.ts";
import type { KeyPress } from "./keys.ts";
import { newServer, type RowQuery, rowsOf, withAnswer, withGap } from "./model.ts";
import type { TopState } from "./top-state.ts";

export interface SessionOptions {
  readonly servers: readonly ServerAddress[];
  readonly intervalMs: number;
  /** Per server and request. */
  readonly timeoutMs: number;
  readonly hideEmpty: boolean;
  readonly colours: boolean;
  readonly verbose: boolean;
}

/** What a session needs from outside. */
export interface SessionWorld {
  readonly query: AdminQuery;
  readonly clock: Clock;
  /** The time of day. */
  readonly date: () => Date;
}

export function rowQueryOf({ controls, hideEmpty }: Pick<TopState, "controls" | "hideEmpty">): RowQuery {
  const { filter, sort, reverse } = controls;
  return { hideEmpty, filter, sort, reverse };
}

/**
 * Polls job servers independently of each other, keeps their answers and handles keys. At most one request of each kind per
 * server is pending.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #world: SessionWorld;
  readonly #listeners = new Set<() => void>();
  readonly #asked = new Set<number>();
  readonly #ended = Promise.withResolvers<void>();
  /** Servers that have no counters, until they were away. */
  readonly #withoutCounters = new Set<number>();
  #askedWorkers = false;
  #timer: Timer | undefined;
  #isOver = false;
  #state: TopState;

  constructor(options: SessionOptions, world: SessionWorld) {
    this.#options = options;
    this.#world = world;
    this.#state = {
      servers: options.servers.map((one) => newServer(printable(printAddress(one)))),
      time: printTime(world.date()),
      controls: initialControls(options.colours),
      workers: undefined,
      tookMs: options.verbose ? options.servers.map(() => undefined) : undefined,
      hideEmpty: options.hideEmpty,
    };
  }

  get state(): TopState {
    return this.#state;
  }

  /** Settles after a quit key or `stop`. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Calls `listener` after each change. @returns a function that removes the listener */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#refresh();
  }

  /** Later answers are ignored. */
  stop(): void {
    this.#isOver = true;
    if (this.#timer !== undefined) this.#world.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#listeners.clear();
    this.#ended.resolve();
  }

  press(key: KeyPress): void {
    if (this.#isOver) return;
    const before = this.#state.controls;
    const controls = press(
      before,
      key,
      () => this.#rowIds(),
      () => this.#detailLines(),
    );
    if (controls === "quit") {
      this.stop();
    } else if (controls !== before) {
      this.#change({ controls });
      this.#follow(before, controls);
    }
  }

  #follow(before: Controls, now: Controls): void {
    if (now.paused && !before.paused && this.#timer !== undefined) {
      this.#world.clock.clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    if (!now.paused && before.paused) {
      this.#change({ servers: this.#state.servers.map(withGap) });
      this.#refresh();
    }
    const isOther = now.selected?.server !== before.selected?.server;
    if (now.details && (!before.details || isOther)) {
      this.#change({ workers: undefined });
      this.#askWorkers();
    }
  }

  #rowIds(): RowId[] {
    const query = rowQueryOf(this.#state);
    return this.#state.servers.flatMap((model, server) =>
      rowsOf(model, query).map(({ key }) => ({ server, key })),
    );
  }

  #detailLines(): number {
    const { selected } = this.#state.controls;
    return selected === undefined ? 0 : detailLines(this.#state, selected).length;
  }

  #change(change: Partial<TopState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  #refresh(): void {
    this.#timer = this.#world.clock.setTimeout(() => this.#refresh(), this.#options.intervalMs);
    this.#change({ time: printTime(this.#world.date()) });
    for (const [at, server] of this.#options.servers.entries()) {
      if (!this.#asked.has(at)) this.#hold(this.#ask(at, server));
    }
    if (this.#state.controls.details) this.#askWorkers();
  }

  async #ask(at: number, server: ServerAddress): Promise<void> {
    const { clock } = this.#world;
    this.#asked.add(at);
    const startMs = clock.monotonicMs();
    const [answer, counters] = await Promise.all([
      askQueues(server, this.#options.timeoutMs, this.#world.query),
      this.#countersOf(at, server),
    ]);
    this.#asked.delete(at);
    if (answer.kind === "failure") this.#withoutCounters.delete(at);
    else if (counters === undefined) this.#withoutCounters.add(at);
    // a paused screen must not change
    if (this.#isOver || this.#state.controls.paused) return;
    const nowMs = clock.monotonicMs();
    const servers = this.#state.servers.map((model, one) =>
      one === at ? withAnswer(model, answer, nowMs, counters) : model,
    );
    const tookMs = this.#state.tookMs?.map((took, one) => (one === at ? nowMs - startMs : took));
    this.#change({ servers, tookMs });
  }

  /** @returns undefined if the server has none */
  async #countersOf(at: number, server: ServerAddress): Promise<CountersAnswer | "not asked" | undefined> {
    if (!needsCounters(this.#state.controls) || this.#withoutCounters.has(at)) return "not asked";
    return await askCounters(server, this.#options.timeoutMs, this.#world.query);
  }

  #askWorkers(): void {
    const server = this.#options.servers[this.#state.controls.selected?.server ?? -1];
    if (server !== undefined && !this.#askedWorkers) this.#hold(this.#workersOf(server));
  }

  async #workersOf(server: ServerAddress): Promise<void> {
    this.#askedWorkers = true;
    const workers = await askWorkers(server, this.#options.timeoutMs, this.#world.query);
    this.#askedWorkers = false;
    const { selected, details } = this.#state.controls;
    if (this.#isOver || !details) return;
    if (this.#options.servers[selected?.server ?? -1] === server) this.#change({ workers });
    else this.#askWorkers(); // another server was selected in the meantime
  }

  /** Only defects reject: a failing server is an answer. */
  #hold(work: Promise<void>): void {
    work.catch((error: unknown) => this.#ended.reject(error));
  }
}
