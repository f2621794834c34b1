import type { Clock, Logger } from "@mod-gearman/base";
import type { EnrolRefusal, EnrolRequest } from "@mod-gearman/crypto";
import { Refusals } from "@mod-gearman/observe";
import type { CheckResult } from "@mod-gearman/payload";

/** Object of a test of new keys. */
export const TEST_HOST = Buffer.from("mod_gearman_enroll", "latin1");

/** Requests that are looked at, a second and at once: each may cost a write to disk. */
const RATE = 200;
const BURST = 400;
const MS_PER_SECOND = 1000;
/** Tests whose results are waited for; the oldest one is forgotten. */
const MAX_TESTS = 1000;

interface KeyTest {
  /** Of its jobs. */
  readonly ids: readonly string[];
  /** Results that have not come. */
  missing: number;
}

/** What is remembered of requests for keys, longer than one configuration. */
export class Enrolments {
  readonly refusals: Refusals<EnrolRefusal>;
  /** Requests that were granted. */
  readonly granted = new Map<EnrolRequest["kind"], number>();
  /** Tickets that were redeemed a second time, each time. */
  alarms = 0;
  /** Of the last one, of the monotonic clock. */
  alarmedAtMs: number | undefined;
  /** Answers of workers to the notice that they are revoked. */
  notices = 0;
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** The last test of each identity, by its name. */
  readonly #tests = new Map<string, KeyTest>();
  #tokens = BURST;
  #filledAtMs: number;

  constructor(clock: Pick<Clock, "monotonicMs">, logger: Logger) {
    this.#clock = clock;
    this.#filledAtMs = clock.monotonicMs();
    this.refusals = new Refusals({
      ...{ logger, clock, what: "a request for keys of" },
      legacyText: (names) => `requests for keys in the legacy form came from ${names}`,
    });
  }

  /** Whether one more request is looked at now. */
  mayLook(): boolean {
    const now = this.#clock.monotonicMs();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#filledAtMs) / MS_PER_SECOND) * RATE);
    this.#filledAtMs = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  alarm(): void {
    this.alarms += 1;
    this.alarmedAtMs = this.#clock.monotonicMs();
  }

  grant(kind: EnrolRequest["kind"]): void {
    this.granted.set(kind, (this.granted.get(kind) ?? 0) + 1);
  }

  /**
   * Results of jobs with these ids will come for an identity, whose former test has ended.
   *
   * @returns ids of jobs that are not waited for any more
   */
  beginTest(name: string, ids: readonly string[]): readonly string[] {
    this.#tests.set(name, { ids, missing: ids.length });
    const [oldest] = this.#tests.keys();
    return this.#tests.size <= MAX_TESTS || oldest === undefined ? [] : this.endTest(oldest);
  }

  /** An identity has no test any more. @returns ids of its jobs: without end, requests that are sent again would fill the flights */
  endTest(name: string): readonly string[] {
    const ids = this.#tests.get(name)?.ids ?? [];
    this.#tests.delete(name);
    return ids;
  }

  /** @returns undefined for an identity that has no test */
  missing(name: string): number | undefined {
    return this.#tests.get(name)?.missing;
  }

  /** Whether a result, which was taken, is that of a test: the core must not get it. */
  isOfTest({ type, hostName, serviceDescription }: CheckResult): boolean {
    if (type !== "active" || !hostName.equals(TEST_HOST)) return false;
    const name = serviceDescription?.toString("latin1") ?? "";
    const test = this.#tests.get(name);
    if (test === undefined) return false;
    test.missing = Math.max(0, test.missing - 1);
    return true;
  }
}
