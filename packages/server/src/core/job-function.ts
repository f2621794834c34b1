import type { Timer } from "../clock.ts";
import { DueHeap } from "./due-heap.ts";
import { Fifo } from "./fifo.ts";
import { type Job, NORMAL, type Priority } from "./job.ts";
import type { Ability } from "./peer.ts";

/** A function with everything filed under its name. Source: job-server.md 2.1. */
export class JobFunction {
  /** Latin1 string of its bytes. */
  readonly name: string;
  readonly #queues: readonly [Fifo<Job>, Fifo<Job>, Fifo<Job>] = [new Fifo(), new Fifo(), new Fifo()];
  /** Jobs whose time has not come; all of normal priority. */
  readonly later = new DueHeap();
  /** Wakes up when the first one of `later` is due. */
  timer: Timer | undefined = undefined;
  timerDueMs = 0;
  /** Jobs of any state. */
  total = 0;
  running = 0;
  /** Who can do it, in order of registration; a ring that starts at `ringStart`. */
  readonly workers: Ability[] = [];
  ringStart = 0;
  /** How many of `workers` are asleep. */
  sleepers = 0;
  /** `total` from which on a new job of that priority is refused; 0 = never. */
  readonly limits: [number, number, number] = [0, 0, 0];
  /** Live jobs by unique; neither empty ones nor `-`. */
  readonly byUnique = new Map<string, Job>();
  /** Live jobs with unique `-`, by workload. */
  readonly byWorkload = new Map<string, Job>();

  constructor(name: string) {
    this.name = name;
  }

  /** Jobs that could be started now, one queue per priority. */
  queue(priority: Priority): Fifo<Job> {
    return this.#queues[priority];
  }

  /** Jobs of `priority` that no worker holds, those for later included. */
  waiting(priority: Priority): number {
    return this.#queues[priority].length + (priority === NORMAL ? this.later.length : 0);
  }
}
