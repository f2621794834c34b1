import type { ClientConnection, Clock } from "@mod-gearman/client";
import type { ModuleOptions } from "@mod-gearman/config";
import type { Envelope } from "@mod-gearman/crypto";
import type { Logger } from "@mod-gearman/observe";

import { draftJob, isCheck, type JobDraft, UnusableEvent } from "./jobs.ts";
import { EventAnswers } from "./link/answers.ts";
import type { CoreEvent, CoreLink } from "./link/core-link.ts";
import type { OutstandingChecks } from "./outstanding.ts";
import type { SubmissionStatistics } from "./statistics.ts";

const RETRY_MS = 1000;

/** What a submission needs; replaced as a whole when the configuration changes. */
interface SubmitPath {
  readonly options: ModuleOptions;
  readonly envelope: Envelope;
  readonly client: Pick<ClientConnection, "submitBackground">;
}

export interface EventIntakeOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly path: () => SubmitPath;
  readonly outstanding: OutstandingChecks;
  readonly statistics: SubmissionStatistics;
  /** A check not on a job server after this time is given back to the core, milliseconds. */
  readonly checkAgeMs: number;
  /** The same for an event handler; longer, because it would be lost. */
  readonly handlerAgeMs: number;
}

/** Takes the events of one connection, puts each on a job server, answers each exactly once. */
export class EventIntake {
  readonly #link: CoreLink;
  readonly #options: EventIntakeOptions;
  readonly #answers: EventAnswers;
  #flushAsked = false;
  /** Events taken and not yet answered. */
  waiting = 0;

  constructor(link: CoreLink, options: EventIntakeOptions) {
    this.#link = link;
    this.#options = options;
    this.#answers = new EventAnswers((seq) => link.send({ name: "EVENT_DONE", seq }));
  }

  take(event: CoreEvent): void {
    this.waiting += 1;
    this.#handOver(event).then(
      () => this.#done(event),
      (error: unknown) => this.#rejected(event, error),
    );
  }

  async #handOver(event: CoreEvent): Promise<void> {
    const { clock, outstanding, statistics } = this.#options;
    const startedAt = clock.now();
    const { options } = this.#options.path();
    const draft = draftJob(event, options, (unique, key) => outstanding.isTaken(unique, key));
    const handle = await this.#submit(draft, startedAt + this.#ageLimit(event));
    statistics.submitted(clock.now() - startedAt);
    if (!isCheck(event)) return;
    outstanding.add({
      hostName: event.host_name,
      serviceDescription: event.name === "SERVICE_CHECK" ? event.service_description : undefined,
      unique: draft.unique,
      handle,
      timeoutMs: event.timeout * 1000,
    });
  }

  #ageLimit(event: CoreEvent): number {
    return isCheck(event) ? this.#options.checkAgeMs : this.#options.handlerAgeMs;
  }

  /** Tries until the job is acknowledged, the event is too old, or the core is gone. */
  async #submit(draft: JobDraft, deadline: number): Promise<Buffer> {
    const { clock, path } = this.#options;
    for (;;) {
      try {
        const { client, envelope } = path();
        const { handle } = await client.submitBackground({
          function: draft.queue,
          unique: draft.unique,
          data: envelope.seal(draft.text),
          priority: draft.priority,
        });
        return handle;
      } catch (error) {
        // Without the core nobody waits for the answer: it releases or repeats the event itself.
        if (!this.#link.open || clock.now() + RETRY_MS > deadline) throw error;
      }
      await new Promise<void>((resolve) => clock.setTimeout(resolve, RETRY_MS));
    }
  }

  #done(event: CoreEvent): void {
    this.waiting -= 1;
    this.#answers.done(event.seq);
    this.#flushSoon();
  }

  #rejected(event: CoreEvent, error: unknown): void {
    this.waiting -= 1;
    this.#options.statistics.failed();
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof UnusableEvent) this.#options.logger.error(why);
    else this.#options.logger.error(`sending job to gearmand failed: ${why}`);
    this.#link.send({ name: "EVENT_REJECTED", seq: event.seq, text: Buffer.from(why.slice(0, 500)) });
    this.#answers.rejected(event.seq);
    this.#flushSoon();
  }

  /** Many acknowledgements arrive in one chunk; one EVENT_DONE answers them all. */
  #flushSoon(): void {
    if (this.#flushAsked) return;
    this.#flushAsked = true;
    setImmediate(() => {
      this.#flushAsked = false;
      this.#answers.flush();
    });
  }
}
