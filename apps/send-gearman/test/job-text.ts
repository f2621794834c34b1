import { createEnvelope } from "@mod-gearman/crypto";
import type { TakenJob } from "@mod-gearman/testkit";

/** The text of a job. */
export function textOf(job: TakenJob, key?: string): string {
  const envelope = createEnvelope(
    key === undefined ? { mode: "off" } : { mode: "on", password: Buffer.from(key) },
  );
  return envelope.open(job.data).toString();
}
