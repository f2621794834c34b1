import { createEnvelope, type Envelope } from "@mod-gearman/crypto";
import { type CheckJob, type Micros, printJob, uniqueKey } from "@mod-gearman/payload";

const SERVICES_PER_HOST = 20;
const JOB_BYTES = 300;

/** Shared by all parties of a measurement. */
export const KEY = "bench-key-of-thirty-two-bytes-xx";

/** Queue of the checks and queue of their results. */
export const queues = { checks: Buffer.from("service"), results: Buffer.from("check_results") } as const;

/** With {@link KEY}, encryption on. */
export function benchEnvelope(): Envelope {
  return createEnvelope({ mode: "on", password: Buffer.from(KEY) });
}

export function nowMicros(): Micros {
  return BigInt(Date.now()) * 1000n;
}

/** Service check number `index`, 0…; each of another service, some 300 bytes as a job text. */
export function checkJob(
  index: number,
  commandLine?: string,
): CheckJob & { readonly serviceDescription: Buffer } {
  const host = `host-${String(Math.floor(index / SERVICES_PER_HOST)).padStart(5, "0")}`;
  const command = `/usr/lib/nagios/plugins/check_http -H ${host}.example.org -w 2 -c 5 -u /status`;
  return {
    kind: "service",
    resultQueue: queues.results,
    targetQueue: queues.checks,
    hostName: Buffer.from(host),
    serviceDescription: Buffer.from(`service ${index % SERVICES_PER_HOST}`),
    coreTime: nowMicros(),
    timeoutSeconds: 60,
    commandLine: Buffer.from(commandLine ?? `${command} -s ok`),
  };
}

/** As created by the bridge. */
export function uniqueOf(job: ReturnType<typeof checkJob>): Buffer {
  const name = Buffer.concat([job.hostName, Buffer.from("-"), job.serviceDescription]);
  return Buffer.from(uniqueKey(name));
}

export function textOf300Bytes(): Buffer {
  const job = checkJob(0, "/bin/true ");
  const missing = JOB_BYTES - printJob(job).length;
  return printJob({ ...job, commandLine: Buffer.concat([job.commandLine, Buffer.alloc(missing, "x")]) });
}
