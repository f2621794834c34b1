import { type Logger, rateLimited } from "@mod-gearman/observe";
import { growthBlockedBy, type Machine } from "./guards.ts";
import type { Assignment, JobEnd } from "./job-handler.ts";
import type { QueueClock } from "./result-queue.ts";
import type { Settings } from "./settings.ts";
import { planSlots } from "./sizing.ts";
import { type GrabConnectionFactory, Slot } from "./slot.ts";

/** Collaborators of the slot pool. */
export interface SlotPoolOptions {
  settings(): Settings;
  readonly connect: GrabConnectionFactory;
  handle(job: Assignment): Promise<JobEnd>;
  readonly machine: Machine;
  readonly clock: QueueClock;
  readonly logger: Logger;
}

const SHORTAGE_PAUSE_MS = 10_000;
const LOG_EVERY_MS = 60_000;

/** The slots: as many as the load asks for, between the limits. Source: worker specification 5.1. */
export class SlotPool {
  readonly #options: SlotPoolOptions;
  readonly #slots = new Set<Slot>();
  /** Slots that have left the pool and still finish a job or close. */
  readonly #leaving = new Set<Slot>();
  #lastHighMs: number;
  #nextId = 1;
  #pauseTimer: unknown;
  #isStopped = false;
  #empty: (() => void)[] = [];
  readonly #info: (text: string) => void;

  constructor(options: SlotPoolOptions) {
    this.#options = options;
    this.#lastHighMs = options.clock.now();
    this.#info = rateLimited(
      (text) => options.logger.info(text),
      LOG_EVERY_MS,
      () => options.clock.now(),
    );
  }

  get total(): number {
    return this.#slots.size;
  }

  get busy(): number {
    return [...this.#slots, ...this.#leaving].filter((slot) => slot.busy).length;
  }

  /** Starts and stops slots; to be called every second. */
  adjust(): void {
    if (this.#isStopped) return;
    const { options } = this.#options.settings();
    const plan = planSlots({
      total: this.total,
      busy: [...this.#slots].filter((slot) => slot.busy).length,
      minWorker: options.minWorker,
      maxWorker: options.maxWorker,
      spawnRate: options.spawnRate,
      sinkRate: options.sinkRate,
      idleTimeoutMs: options.idleTimeoutSeconds * 1000,
      nowMs: this.#options.clock.now(),
      lastHighMs: this.#lastHighMs,
      mayGrow: () => this.#mayGrow(),
    });
    this.#lastHighMs = plan.lastHighMs;
    for (let count = 0; count < plan.start; count++) this.#startSlot();
    const idle = [...this.#slots].filter((slot) => !slot.busy).slice(0, plan.stop);
    for (const slot of idle) this.#leave(slot);
    if (plan.start + idle.length > 0)
      this.#options.logger.debug(`adjusted workers: ${this.total} (busy: ${this.busy})`);
  }

  /** Follows new settings on the live connections. */
  reconfigure(): void {
    const { options } = this.#options.settings();
    for (const slot of this.#slots) slot.reconfigure(options.servers, options.functions());
    this.adjust();
  }

  /** Takes no further jobs. Resolves when all slots have answered theirs and closed. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#pauseTimer !== undefined) this.#options.clock.clearTimeout(this.#pauseTimer as never);
    for (const slot of [...this.#slots]) this.#leave(slot);
    if (this.#leaving.size > 0) await new Promise<void>((resolve) => this.#empty.push(resolve));
  }

  /** Gives all jobs back and closes. */
  abort(): void {
    for (const slot of [...this.#slots]) this.#leave(slot);
    for (const slot of [...this.#leaving]) slot.abort();
  }

  /** Lines for the dump. */
  describe(): string[] {
    return [...this.#slots, ...this.#leaving].map((slot) => slot.describe());
  }

  #mayGrow(): boolean {
    const blocked = growthBlockedBy(this.#options.settings().options, this.#options.machine);
    if (blocked !== undefined) this.#info(blocked);
    return blocked === undefined;
  }

  #startSlot(): void {
    const { options } = this.#options.settings();
    const slot = new Slot({
      id: this.#nextId++,
      servers: options.servers,
      functions: options.functions(),
      connect: this.#options.connect,
      handle: (job) => this.#options.handle(job),
      onShortage: () => this.#pauseIntake(),
      onClosed: (closed) => this.#onClosed(closed),
    });
    if (this.#pauseTimer !== undefined) slot.pause();
    this.#slots.add(slot);
  }

  #leave(slot: Slot): void {
    this.#slots.delete(slot);
    this.#leaving.add(slot);
    slot.retire();
  }

  #onClosed(slot: Slot): void {
    this.#leaving.delete(slot);
    if (this.#leaving.size === 0) for (const resolve of this.#empty.splice(0)) resolve();
  }

  /** Source: worker specification 4.6, D20. */
  #pauseIntake(): void {
    const { clock } = this.#options;
    for (const slot of this.#slots) slot.pause();
    if (this.#pauseTimer !== undefined) clock.clearTimeout(this.#pauseTimer as never);
    this.#pauseTimer = clock.setTimeout(() => {
      this.#pauseTimer = undefined;
      for (const slot of this.#slots) slot.resume();
    }, SHORTAGE_PAUSE_MS);
  }
}
