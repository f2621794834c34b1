import type { ServerTls } from "@mod-gearman/base";

/** What a new worker is to know. */
export interface WorkerFacts {
  readonly name: string;
  /** latin1 */
  readonly queues: readonly string[];
  readonly servers: string;
  /** Of those servers that are spoken to with TLS. */
  readonly tls?: ServerTls | undefined;
  readonly enrollQueue: string;
  readonly keyFile: string;
}

const SWITCHES: Readonly<Record<string, string>> = {
  host: "hosts",
  service: "services",
  eventhandler: "eventhandler",
  notification: "notifications",
};
const TLS_OPTIONS = {
  caFile: "tls_ca_file",
  certFile: "tls_cert_file",
  keyFile: "tls_key_file",
  serverName: "tls_server_name",
} as const satisfies Record<keyof ServerTls, string>;
const GROUP = /^(hostgroup|servicegroup)_([^,\n]+)$/;
const STICKY = "sticky_";

/** Whether an option of the worker makes it take jobs of a queue, latin1. */
export function isWorkerQueue(queue: string): boolean {
  return queue in SWITCHES || GROUP.test(queue) || (queue.startsWith(STICKY) && queue.length > STICKY.length);
}

/** The configuration of a worker that takes sealed jobs only, latin1. */
export function workerConfig({ name, queues, servers, tls = {}, enrollQueue, keyFile }: WorkerFacts): string {
  const groups = queues.map((queue) => GROUP.exec(queue)).filter((match) => match !== null);
  return [
    "# Written by mod_gearman_enroll. More options: mod_gearman_worker --help",
    `server=${servers}`,
    ...Object.entries(TLS_OPTIONS).flatMap(([key, option]) => {
      const value = tls[key as keyof ServerTls];
      return value === undefined ? [] : [`${option}=${value}`];
    }),
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
