/** A job that waits or runs, as the action `peek` gives it. Names are text. */
export interface PeekedJob {
  readonly handle: string;
  readonly unique: string;
  /** `waiting`, `later` (until `whenSeconds`), `running` */
  readonly state: string;
  /** `high`, `normal`, `low` */
  readonly priority: string;
  /** Since it was queued last or, if it runs, given to its worker. */
  readonly ageSeconds: number;
  /** Of the whole workload. */
  readonly bytes: number;
  /** Workers that have lost it. */
  readonly retries: number;
  /** Since 1970; 0: at once. */
  readonly whenSeconds: number;
  /** Of the connection that has it. */
  readonly worker: string | null;
  /** The workload as it is sealed, base64; null if it is longer than what one look gives. */
  readonly workload: string | null;
}
