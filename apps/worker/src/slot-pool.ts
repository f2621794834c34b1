import type { Clock, Logger, Timer } from "@mod-gearman/base";
import { rateLimited } from "@mod-gearman/observe";
import { growthBlockedBy, type Machine, openFilesLimit, slotsForOpenFiles } from "./guards.ts";
import type { HandleJob } from "./job.ts";
import { JobMemory } from "./job-memory.ts";
import type { Settings } from "./settings.ts";
import { isBackgroundTime, planSlots } from "./sizing.ts";
import { type GrabConnectionFactory, Slot } from "./slot.ts";

export interface SlotPoolOptions {
  settings(): Settings;
  readonly connect: GrabConnectionFactory;
  readonly handle: HandleJob;
  readonly machine: Machine;
  readonly clock: Clock;
  readonly logger: Logger;
}

const SHORTAGE_PAUSE_MS = 10_000;
const LOG_EVERY_MS = 60_000;
const BACKGROUND_PERCENT = 70;

/** Keeps as many slots as the load requires, within the limits. Source: worker.md 5.1. */
export class SlotPool {
  readonly #options: SlotPoolOptions;
  readonly #slots = new Set<Slot>();
  /** Slots that were removed and are finishing a job or closing. */
  readonly #leaving = new Set<Slot>();
  readonly #memory = new JobMemory();
  readonly #ids = new Map<Slot, number>();
  #lastHighMs: number;
  #lastAdjustMs: number;
  #nextId = 1;
  #ballooning = 0;
  #pauseTimer: Timer | undefined;
  #isHeld = false;
  #isStopped = false;
  #empty: (() => void)[] = [];
  readonly #info: (text: string) => void;

  constructor(options: SlotPoolOptions) {
    this.#options = options;
    this.#lastHighMs = options.clock.monotonicMs();
    this.#lastAdjustMs = this.#lastHighMs;
    this.#info = rateLimited(
      (text) => options.logger.info(text),
      LOG_EVERY_MS,
      () => options.clock.monotonicMs(),
    );
  }

  get total(): number {
    return this.#slots.size;
  }

  /** Number of slots with a job; a slot whose job runs on in the background counts as free. */
  get busy(): number {
    return countBusy(this.#slots) + countBusy(this.#leaving);
  }

  /** Number of plugins that run on although their jobs are answered. */
  get ballooning(): number {
    return this.#ballooning;
  }

  /** Starts and stops slots, moves long jobs into the background; to be called every second. */
  adjust(): void {
    if (this.#isStopped) return;
    const { options } = this.#options.settings();
    const nowMs = this.#options.clock.monotonicMs();
    this.#background(nowMs);
    this.#lastAdjustMs = nowMs;
    const plan = planSlots({
      total: this.total,
      busy: countBusy(this.#slots),
      minWorker: options.minWorker,
      maxWorker: options.maxWorker,
      spawnRate: options.spawnRate,
      sinkRate: options.sinkRate,
      idleTimeoutMs: options.idleTimeoutSeconds * 1000,
      nowMs,
      lastHighMs: this.#lastHighMs,
      mayGrow: () => !this.#isHeld && this.#mayGrow(),
    });
    this.#lastHighMs = plan.lastHighMs;
    for (let count = 0; count < plan.start; count++) this.#startSlot();
    const idle = [...this.#slots].filter((slot) => !slot.busy).slice(0, plan.stop);
    for (const slot of idle) this.#leave(slot);
    if (plan.start + idle.length > 0)
      this.#options.logger.debug(`adjusted workers: ${this.total} (utilization: ${this.#utilization}%)`);
  }

  reconfigure(): void {
    const { options, functions } = this.#options.settings();
    for (const slot of this.#slots) slot.reconfigure(options.servers, functions());
    this.adjust();
  }

  /** Takes no further jobs. Resolves when all slots have answered theirs and closed, and no plugin is running. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#endPause();
    for (const slot of [...this.#slots]) this.#leave(slot);
    if (!this.#isEmpty) await new Promise<void>((resolve) => this.#empty.push(resolve));
  }

  restart(): void {
    this.#isStopped = false;
    this.adjust();
  }

  abort(): void {
    for (const slot of [...this.#slots]) this.#leave(slot);
    for (const slot of [...this.#leaving]) slot.abort();
  }

  /** True: takes no further jobs; false: takes jobs again. Running jobs continue. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#pauseOrResume();
  }

  /** Lines for the dump. */
  describe(): string[] {
    return [...this.#slots, ...this.#leaving].map((slot) => slot.describe());
  }

  get #utilization(): number {
    return this.total === 0 ? 0 : Math.floor((countBusy(this.#slots) * 100) / this.total);
  }

  get #isEmpty(): boolean {
    return this.#leaving.size === 0 && this.#ballooning === 0;
  }

  /** Source: worker.md 5.4. */
  #background(nowMs: number): void {
    const { options } = this.#options.settings();
    const everyMs = options.backgroundingThresholdSeconds * 1000;
    // while slots are held, some have jobs that are not running yet
    if (everyMs <= 0 || options.maxWorker <= 1 || this.#isHeld) return;
    const times = { everyMs, sinceMs: this.#lastAdjustMs, nowMs };
    if (this.#utilization < BACKGROUND_PERCENT) return;
    for (const slot of this.#slots) {
      const startedMs = slot.busySinceMs;
      if (startedMs === undefined || !isBackgroundTime({ ...times, startedMs })) continue;
      if (!this.#mayBalloon() || !this.#mayGrow()) return;
      this.#ballooning++;
      const handle = slot.background()?.toString("latin1");
      const seconds = Math.floor((nowMs - startedMs) / 1000);
      this.#options.logger.debug(`job: ${handle} runs for more than ${seconds} seconds, backgrounding...`);
    }
  }

  #mayBalloon(): boolean {
    const { options } = this.#options.settings();
    const limit = openFilesLimit(this.#options.machine);
    if (limit === undefined) return true;
    const { possible } = slotsForOpenFiles(Number.MAX_SAFE_INTEGER, limit);
    return this.#ballooning < possible - options.maxWorker;
  }

  #mayGrow(): boolean {
    const blocked = growthBlockedBy(this.#options.settings().options, this.#options.machine);
    if (blocked !== undefined) this.#info(blocked);
    return blocked === undefined;
  }

  #startSlot(): void {
    const { options, functions } = this.#options.settings();
    const { connect, handle, clock } = this.#options;
    const id = this.#nextId++;
    const slot = new Slot({
      id,
      servers: options.servers,
      functions: functions(),
      connect,
      handle,
      memory: this.#memory,
      now: () => clock.monotonicMs(),
      onShortage: () => this.#pauseIntake(),
      onBackgroundEnd: () => {
        this.#ballooning--;
        this.#tellEmpty();
      },
      onClosed: (closed) => this.#onClosed(closed),
    });
    if (!this.#takesJobs) slot.pause();
    this.#slots.add(slot);
    this.#ids.set(slot, id);
  }

  #leave(slot: Slot): void {
    this.#slots.delete(slot);
    this.#leaving.add(slot);
    slot.retire();
  }

  #onClosed(slot: Slot): void {
    this.#leaving.delete(slot);
    this.#memory.forget(this.#ids.get(slot) ?? 0);
    this.#ids.delete(slot);
    this.#tellEmpty();
  }

  #tellEmpty(): void {
    if (this.#isEmpty) for (const resolve of this.#empty.splice(0)) resolve();
  }

  /** Source: worker.md 4.6, D20. */
  #pauseIntake(): void {
    this.#endPause();
    this.#pauseTimer = this.#options.clock.setTimeout(() => {
      this.#pauseTimer = undefined;
      this.#pauseOrResume();
    }, SHORTAGE_PAUSE_MS);
    this.#pauseOrResume();
  }

  get #takesJobs(): boolean {
    return this.#pauseTimer === undefined && !this.#isHeld;
  }

  #pauseOrResume(): void {
    for (const slot of this.#slots) {
      if (this.#takesJobs) slot.resume();
      else slot.pause();
    }
  }

  #endPause(): void {
    if (this.#pauseTimer !== undefined) this.#options.clock.clearTimeout(this.#pauseTimer);
    this.#pauseTimer = undefined;
  }
}

function countBusy(slots: ReadonlySet<Slot>): number {
  let count = 0;
  for (const slot of slots) if (slot.busy) count++;
  return count;
}
