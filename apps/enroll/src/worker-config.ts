/** What a new worker is to know. */
export interface WorkerFacts {
  readonly name: string;
  /** latin1 */
  readonly queues: readonly string[];
  readonly servers: string;
  readonly enrollQueue: string;
  readonly keyFile: string;
}

const SWITCHES: Readonly<Record<string, string>> = {
  host: "hosts",
  service: "services",
  eventhandler: "eventhandler",
  notification: "notifications",
};
const GROUP = /^(hostgroup|servicegroup)_([^,\n]+)$/;
const STICKY = "sticky_";

/** Whether an option of the worker makes it take jobs of a queue, latin1. */
export function isWorkerQueue(queue: string): boolean {
  return queue in SWITCHES || GROUP.test(queue) || (queue.startsWith(STICKY) && queue.length > STICKY.length);
}

/** The configuration of a worker that takes sealed jobs only, latin1. */
export function workerConfig({ name, queues, servers, enrollQueue, keyFile }: WorkerFacts): string {
  const groups = queues.map((queue) => GROUP.exec(queue)).filter((match) => match !== null);
  return [
    "# Written by mod_gearman_enroll. More options: mod_gearman_worker --help",
    `server=${servers}`,
    `identifier=${name}`,
    "envelope=v2",
    `envelope_identity_file=${keyFile}`,
    "envelope_renew_interval=60",
    `enroll_queue=${enrollQueue}`,
    "# no key is shared with others: each payload is sealed with keys of this worker",
    "encryption=no",
    ...queues.filter((queue) => queue in SWITCHES).map((queue) => `${SWITCHES[queue]}=yes`),
    ...groups.map(([, kind, group]) => `${kind}s=${group}`),
    ...(queues.includes(`${STICKY}${name}`) ? ["sticky_state=yes"] : []),
    "",
  ].join("\n");
}
