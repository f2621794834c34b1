import { type Clock, printAddress } from "@mod-gearman/base";

import type { ServerQueues } from "./queue-poll.ts";
import { identifierOf } from "./worker-source.ts";

/** A queue of one worker, as its `sticky_state` announces it. */
const PREFIX = "sticky_";
/** An older status says nothing. */
const FRESH_MS = 15_000;
/** With more jobs in its queue a worker is behind: the check goes where any worker takes it. */
const MAX_BACKLOG = 10;
/** Queues of workers that are followed on each server. */
const MAX_QUEUES = 10_000;

interface Route {
  /** Who ran it last. */
  identifier: string | undefined;
  /** Where its last job was put, latin1. */
  queue: string;
}

interface ServerView {
  readonly askedAt: number;
  /** Queues that have a worker and a short backlog. */
  readonly usable: ReadonlySet<string>;
}

/**
 * Sends a check of a plugin that keeps state back to the worker that ran it last, as long as that worker is there
 * (docs/architecture.md, "Plugins that keep state"). The source of a result is a hint for this and nothing else.
 */
export class StickyRoutes {
  readonly #clock: Clock;
  readonly #maxServices: number;
  /** By object, oldest use first. */
  readonly #routes = new Map<string, Route>();
  readonly #servers = new Map<string, ServerView>();

  /** @param maxServices more are not remembered; the oldest are forgotten */
  constructor(clock: Clock, maxServices: number) {
    this.#clock = clock;
    this.#maxServices = maxServices;
  }

  onStatus({ server, askedAt, queues }: ServerQueues): void {
    const usable = new Set<string>();
    for (const [name, { total, running, workers }] of queues) {
      if (!name.startsWith(PREFIX) || workers === 0 || total - running > MAX_BACKLOG) continue;
      if (usable.size < MAX_QUEUES) usable.add(name);
    }
    this.#servers.set(printAddress(server), { askedAt, usable });
  }

  /**
   * The queue of a check.
   *
   * @param usual queue that the core's configuration gives, latin1
   * @param isUnderWay a job of that object is on a job server: the new one must join it there
   * @param mayUse false for a queue that does not protect the job as the usual one does
   */
  queueFor(
    key: string,
    usual: string,
    isUnderWay: boolean,
    mayUse: (queue: string) => boolean = () => true,
  ): string {
    const route = this.#routes.get(key);
    const chosen = route === undefined ? usual : this.#choose(route, usual, isUnderWay);
    const queue = chosen === usual || mayUse(chosen) ? chosen : usual;
    this.#routes.delete(key);
    this.#routes.set(key, { identifier: route?.identifier, queue });
    if (this.#routes.size > this.#maxServices) {
      const [oldest] = this.#routes.keys();
      if (oldest !== undefined) this.#routes.delete(oldest);
    }
    return queue;
  }

  /** A result of an object has come. Only objects that asked for a queue are followed. */
  learn(key: string, source: Buffer | undefined): void {
    const route = this.#routes.get(key);
    if (route === undefined) return;
    route.identifier = identifierOf(source);
  }

  /** Its job was lost, or no worker took it. */
  forget(key: string): void {
    this.#routes.delete(key);
  }

  #choose(route: Route, usual: string, isUnderWay: boolean): string {
    if (isUnderWay) return route.queue;
    if (route.identifier === undefined) return usual;
    const own = `${PREFIX}${route.identifier}`;
    const since = this.#clock.monotonicMs() - FRESH_MS;
    const views = [...this.#servers.values()].filter(({ askedAt }) => askedAt >= since);
    return views.length > 0 && views.every(({ usable }) => usable.has(own)) ? own : usual;
  }
}
