import type { Timer } from "./clock.ts";

/** The execution of a job; most jobs end without one. */
export class Progress {
  /** Of the last WORK_STATUS, uint32. */
  numerator = 0;
  denominator = 0;
  /** Fires at the time limit of CAN_DO_TIMEOUT. */
  timer: Timer | undefined;
  /** `QueueWatch` has named the worker. */
  isReported = false;
}
