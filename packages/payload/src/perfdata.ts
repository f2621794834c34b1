import { uniqueKey } from "./unique-key.ts";

const DASH = Buffer.from("-", "latin1");

/** How performance data is sent. Source: neb-module.md 2.9. */
export interface PerfdataRules {
  /** One job is submitted to each. */
  readonly queues: readonly Buffer[];
  /** 1: while a record of an object waits, newer ones are discarded. 2: every record is kept. */
  readonly mode: 1 | 2;
}

/** Performance data of one result, as the core has expanded the template. */
export interface PerfdataRecord {
  readonly hostName: Buffer;
  /** Absent for a host check. */
  readonly serviceDescription?: Buffer;
  /** With LF at the end. */
  readonly text: Buffer;
}

/** A job with performance data. Normal priority, in the background. */
export interface PerfdataJob {
  readonly queue: Buffer;
  /** Absent: the job has no key. */
  readonly unique?: string;
  /** All jobs of a record share one buffer. */
  readonly text: Buffer;
}

/**
 * The jobs of one record, one per queue. The unique key includes the queue and is cut where the original cuts the text that
 * it hashes. Source: wire-format.md 5.2, 7; neb-module.md 2.3, 2.9.
 */
export function perfdataJobs(record: PerfdataRecord, rules: PerfdataRules): PerfdataJob[] {
  const { text } = record;
  return rules.queues.map((queue) =>
    rules.mode === 1 ? { queue, text, unique: perfdataKey(queue, record) } : { queue, text },
  );
}

function perfdataKey(queue: Buffer, { hostName, serviceDescription }: PerfdataRecord): string {
  const service = serviceDescription === undefined ? [] : [DASH, serviceDescription];
  return uniqueKey(Buffer.concat([queue, DASH, hostName, ...service]));
}
