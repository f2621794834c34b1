import { JobPeer } from "@mod-gearman/testkit";
import { onTestFinished } from "vitest";

/** A job with performance data or an export, which no worker runs. */
export interface RecordJob {
  readonly queue: string;
  readonly unique: string;
  /** As Latin-1. */
  readonly text: string;
}

/** Takes the jobs of the queues from now on, until the end of the test; for sites with `encryption=no`. */
export async function takeRecords(port: number, queues: readonly string[]): Promise<RecordJob[]> {
  const taken: RecordJob[] = [];
  const peer = await JobPeer.connect(port);
  onTestFinished(() => peer.close());
  peer.take(queues, (workload, queue, unique) => {
    const text = Buffer.from(workload.toString("latin1"), "base64").toString("latin1");
    taken.push({ queue, unique, text });
  });
  return taken;
}
