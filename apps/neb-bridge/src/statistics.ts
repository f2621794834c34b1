const MILLIS = 1000;
const NONE = { rate: 0, averageSeconds: 0, maxSeconds: 0 };

/**
 * Submission counters of the bridge and their two classic texts (neb-module.md 2.12 and 3.4). They are evaluated with
 * each attempt to submit a job, so there is no line without submissions, and a retry counts as its own job.
 */
export class SubmissionStatistics {
  readonly #onLine: (line: string) => void;
  #intervalSeconds = 0;
  #jobs = 0;
  #errors = 0;
  #shownJobs = 0;
  #shownErrors = 0;
  #sumSeconds = 0;
  #maxSeconds = 0;
  /** Of this interval. */
  #recordsDropped = 0;
  /** Start of the interval, milliseconds; undefined before the first attempt. */
  #since: number | undefined;
  #last = NONE;

  /** @param onLine gets the statistics line of each interval */
  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** @param seconds `log_stats_interval`; 0 = no counting */
  countEvery(seconds: number): void {
    this.#intervalSeconds = seconds;
    if (seconds <= 0) this.#last = NONE;
  }

  /**
   * An attempt to submit a job has ended.
   *
   * @param durationMs from the submission until its acknowledgement or failure
   * @param now milliseconds of a monotonic clock
   */
  attempted(durationMs: number, isAccepted: boolean, now: number): void {
    if (this.#intervalSeconds <= 0) return;
    this.#jobs += 1;
    if (!isAccepted) this.#errors += 1;
    const seconds = durationMs / MILLIS;
    this.#sumSeconds += seconds;
    this.#maxSeconds = Math.max(this.#maxSeconds, seconds);
    this.#since ??= now;
    if (now - this.#since >= this.#intervalSeconds * MILLIS) this.#endInterval(now, this.#since);
  }

  /** Performance data and exports were dropped: added to the next line, which the original does not have. */
  recordsDropped(count: number): void {
    if (this.#intervalSeconds > 0) this.#recordsDropped += count;
  }

  #endInterval(now: number, since: number): void {
    const jobs = this.#jobs - this.#shownJobs;
    const errors = this.#errors - this.#shownErrors;
    const maxSeconds = this.#maxSeconds;
    const dropped = this.#recordsDropped === 0 ? "" : `   records_dropped: ${this.#recordsDropped}`;
    const rate = (jobs - errors) / ((now - since) / MILLIS);
    const averageSeconds = this.#sumSeconds / jobs;
    this.#last = { rate, averageSeconds, maxSeconds };
    this.#shownJobs = this.#jobs;
    this.#shownErrors = this.#errors;
    this.#sumSeconds = 0;
    this.#maxSeconds = 0;
    this.#since = now;
    this.#onLine(
      `gearmand submission statistics: jobs:${String(jobs).padStart(7)}   errors: ${String(errors).padStart(7)}   ` +
        `submit_rate: ${rate.toFixed(1).padStart(6)}/s   avg_submit_duration: ${averageSeconds.toFixed(6)}s   ` +
        `max_submit_duration: ${maxSeconds.toFixed(6)}s${dropped}`,
    );
    this.#recordsDropped = 0;
  }

  /** The answer to `check_gearman -q <result_queue> -s check`; `0:` is its exit code. */
  status(o: { hostName: string; version: string; resultWorkers: number }): string {
    const { rate, averageSeconds, maxSeconds } = this.#last;
    const n = o.resultWorkers;
    return (
      `0:OK - result worker running on ${o.hostName}. Sending ${rate.toFixed(1)} jobs/s ` +
      `(avg duration:${(averageSeconds * MILLIS).toFixed(3)}ms). Version: ${o.version}` +
      `|worker=${n};;;0;${n} avg_submit_duration=${averageSeconds.toFixed(6)}s;;;0;${maxSeconds.toFixed(6)} ` +
      `jobs=${this.#jobs}c errors=${this.#errors}c`
    );
  }
}
