import type { PlainJob } from "./jobs.ts";
import { SharedStrings } from "./shared-strings.ts";

/** A job text kept as characters: a buffer would hold the whole chunk it came in. */
export interface KeptJob {
  readonly queue: string;
  readonly unique: string;
  readonly priority: PlainJob["priority"];
  readonly text: string;
  readonly isSealed: PlainJob["isSealed"];
}

/** Names repeat in thousands of jobs; one string for each is kept. */
const MAX_NAMES = 10_000;

/** Of a sealed check; its text has it in front of the command line, which is last. */
export function jobIdOf({ text, isSealed }: KeptJob): string | undefined {
  return isSealed === true ? /\njob_id=([\w-]+)\n/.exec(text)?.[1] : undefined;
}

const bytesOf = ({ text, unique }: KeptJob): number => text.length + unique.length;

/** Keeps the texts of jobs under way, so that another server can have them. Bounded by bytes. */
export class KeptJobs {
  readonly #maxBytes: number;
  readonly #names = new SharedStrings(MAX_NAMES);
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @param unique key of the job, latin1 @returns undefined when there is no more space. Every other one must be given to {@link release} once */
  keep({ priority, queue, text, isSealed }: PlainJob, unique: string): KeptJob | undefined {
    if (this.#bytes + text.length + unique.length > this.#maxBytes) return undefined;
    const kept: KeptJob = {
      queue: this.#names.of(queue.toString("latin1")),
      unique,
      priority,
      text: text.toString("latin1"),
      isSealed,
    };
    this.#bytes += bytesOf(kept);
    return kept;
  }

  release(kept: KeptJob): void {
    this.#bytes -= bytesOf(kept);
  }

  plain(kept: KeptJob): PlainJob {
    const { queue, unique, priority, text, isSealed } = kept;
    const bytes = (characters: string): Buffer => Buffer.from(characters, "latin1");
    const jobId = jobIdOf(kept);
    return { queue: bytes(queue), unique: bytes(unique), priority, text: bytes(text), isSealed, jobId };
  }
}
