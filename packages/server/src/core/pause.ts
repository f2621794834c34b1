/** Jobs of a function are kept and not assigned. */
export class Pause {
  /** In `CoarseSeconds`. */
  readonly since: number;
  /** `QueueWatch` has reported jobs that wait. */
  isReported = false;

  constructor(since: number) {
    this.since = since;
  }
}
