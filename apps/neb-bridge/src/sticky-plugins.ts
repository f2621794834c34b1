import type { Clock, ServerAddress } from "@mod-gearman/base";
import type { ModuleOptions } from "@mod-gearman/config";

import type { CoreEvent } from "./link/core-link.ts";
import { objectKey } from "./object-key.ts";
import type { QueueReader, ServerQueues } from "./queue-poll.ts";
import { StickyRoutes } from "./sticky-routes.ts";

export interface StickyPluginsOptions {
  readonly clock: Clock;
  /** undefined: there is no configuration, or no core. */
  readonly options: () => ModuleOptions | undefined;
  /** Whether a job of that object is on a job server. */
  readonly isUnderWay: (key: string) => boolean;
}

const MAX_SERVICES = 100_000;
const BLANK = 0x20;
const SLASH = 0x2f;

/** Name of the program at the start of a command line, without its folder. */
function programOf(commandLine: Buffer): string {
  const blank = commandLine.indexOf(BLANK);
  const end = blank < 0 ? commandLine.length : blank;
  return commandLine.toString("latin1", commandLine.lastIndexOf(SLASH, end) + 1, end);
}

/** Sends services whose plugin keeps state (`sticky_plugins`) back to the worker that has it. */
export class StickyPlugins implements QueueReader {
  readonly #options: StickyPluginsOptions;
  readonly #routes: StickyRoutes;
  #named: ReadonlySet<string> = new Set();

  constructor(options: StickyPluginsOptions) {
    this.#options = options;
    this.#routes = new StickyRoutes(options.clock, MAX_SERVICES);
  }

  onStatus(status: ServerQueues): void {
    this.#routes.onStatus(status);
  }

  /** Takes `sticky_plugins` of a configuration. */
  configure({ stickyPlugins }: ModuleOptions): void {
    this.#named = new Set(stickyPlugins.map((name) => name.toString("latin1")));
  }

  /**
   * The event as it is, or with the queue of the worker that ran that service last.
   *
   * @param isSealed whether jobs of a queue are in version 2 of the envelope: a sealed job does not leave for a queue without it
   */
  route(event: CoreEvent, isSealed: (queue: Buffer) => boolean = () => false): CoreEvent {
    if (this.#named.size === 0 || event.name !== "SERVICE_CHECK") return event;
    if (!this.#named.has(programOf(event.command_line))) return event;
    const key = objectKey(event.host_name, event.service_description);
    const usual = event.queue.toString("latin1");
    const mayUse = (name: string): boolean => isSealed(Buffer.from(name, "latin1")) || !isSealed(event.queue);
    const queue = this.#routes.queueFor(key, usual, this.#options.isUnderWay(key), mayUse);
    return queue === usual ? event : { ...event, queue: Buffer.from(queue, "latin1") };
  }

  /** A result that the core gets. */
  learn(hostName: Buffer, serviceDescription: Buffer | undefined, source: Buffer | undefined): void {
    if (this.#named.size > 0) this.#routes.learn(objectKey(hostName, serviceDescription), source);
  }

  /** Its job was lost. */
  forget(hostName: Buffer, serviceDescription: Buffer | undefined): void {
    if (this.#named.size > 0) this.#routes.forget(objectKey(hostName, serviceDescription));
  }

  servers(): readonly ServerAddress[] {
    return this.#named.size > 0 ? (this.#options.options()?.servers ?? []) : [];
  }
}
