/** Submission counters of the bridge and their two classic texts (neb-module.md 2.12 and 3.4). */
export class SubmissionStatistics {
  #jobs = 0;
  #errors = 0;
  #shownJobs = 0;
  #shownErrors = 0;
  #sumSeconds = 0;
  #maxSeconds = 0;
  #since: number;
  #last = { rate: 0, averageSeconds: 0, maxSeconds: 0 };

  /** @param now milliseconds */
  constructor(now: number) {
    this.#since = now;
  }

  /** @param durationMs from handing the job to the client until its acknowledgement */
  submitted(durationMs: number): void {
    this.#jobs += 1;
    this.#sumSeconds += durationMs / 1000;
    this.#maxSeconds = Math.max(this.#maxSeconds, durationMs / 1000);
  }

  failed(): void {
    this.#jobs += 1;
    this.#errors += 1;
  }

  /** Ends the interval and gives its log line. */
  line(now: number): string {
    const elapsed = Math.max((now - this.#since) / 1000, 0.001);
    const jobs = this.#jobs - this.#shownJobs;
    const errors = this.#errors - this.#shownErrors;
    this.#last = {
      rate: (jobs - errors) / elapsed,
      averageSeconds: jobs > errors ? this.#sumSeconds / (jobs - errors) : 0,
      maxSeconds: this.#maxSeconds,
    };
    this.#shownJobs = this.#jobs;
    this.#shownErrors = this.#errors;
    this.#sumSeconds = 0;
    this.#maxSeconds = 0;
    this.#since = now;
    const { rate, averageSeconds, maxSeconds } = this.#last;
    return (
      `gearmand submission statistics: jobs:${String(jobs).padStart(7)}   errors: ${String(errors).padStart(7)}   ` +
      `submit_rate: ${rate.toFixed(1).padStart(6)}/s   avg_submit_duration: ${averageSeconds.toFixed(6)}s   ` +
      `max_submit_duration: ${maxSeconds.toFixed(6)}s`
    );
  }

  /** The answer to `check_gearman -q <result_queue> -s check`; `0:` is its exit code. */
  status(o: { hostName: string; version: string; resultWorkers: number }): string {
    const { rate, averageSeconds, maxSeconds } = this.#last;
    const n = o.resultWorkers;
    return (
      `0:OK - result worker running on ${o.hostName}. Sending ${rate.toFixed(1)} jobs/s ` +
      `(avg duration:${(averageSeconds * 1000).toFixed(3)}ms). Version: ${o.version}` +
      `|worker=${n};;;0;${n} avg_submit_duration=${averageSeconds.toFixed(6)}s;;;0;${maxSeconds.toFixed(6)} ` +
      `jobs=${this.#jobs}c errors=${this.#errors}c`
    );
  }
}
