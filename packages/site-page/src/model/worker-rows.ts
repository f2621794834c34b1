import { labelOf } from "./label.ts";
import type { ConnectionPart, ServerPart, WorkerReport } from "./parts.ts";
import type { ResultQueues } from "./result-queues.ts";
import type { JobRow, WorkerRow } from "./snapshot.ts";

/** Start of the name of a status queue. Source: worker.md 8.1. */
export const STATUS_QUEUE = "worker_";
const MOST_QUEUES = 50;
const MOST_HOSTS = 5;

interface Identity {
  readonly id: string;
  readonly name: string;
  readonly program: string | null;
  readonly version: string | null;
}

interface Group extends Identity {
  readonly servers: Set<string>;
  readonly hosts: Set<string>;
  readonly queues: Set<string>;
  readonly connections: ConnectionPart[];
}

/** Workers and what they run, from the connections of all servers. */
export function workerRows(
  servers: readonly ServerPart[],
  reports: ReadonlyMap<string, WorkerReport>,
  resultQueues: Pick<ResultQueues, "has">,
): { workers: WorkerRow[]; jobs: JobRow[] } {
  const groups = new Map<string, Group>();
  const jobs: JobRow[] = [];
  for (const server of servers) {
    const namesByHost = statusNames(server.workers);
    for (const connection of server.workers) {
      const identity = identityOf(connection, namesByHost.get(connection.address));
      const group = groupFor(groups, identity);
      group.servers.add(server.name);
      group.hosts.add(connection.address);
      group.connections.push(connection);
      for (const one of connection.functions) if (!isOwnQueue(one, identity)) group.queues.add(labelOf(one));
      for (const job of connection.jobs) jobs.push(jobRow(job, server.name, identity.id));
    }
  }
  return {
    workers: [...groups.values()].map((group) => workerRow(group, resultQueues, reports.get(group.name))),
    jobs,
  };
}

function groupFor(groups: Map<string, Group>, identity: Identity): Group {
  const known = groups.get(identity.id);
  if (known !== undefined) return known;
  const group: Group = {
    ...identity,
    ...{ servers: new Set(), hosts: new Set(), queues: new Set(), connections: [] },
  };
  groups.set(identity.id, group);
  return group;
}

/** Names of workers by the address of the connection that answers their status queue. */
function statusNames(connections: readonly ConnectionPart[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const { address, functions } of connections) {
    const queue = functions.find((one) => one.startsWith(STATUS_QUEUE));
    if (queue === undefined) continue;
    const known = names.get(address) ?? new Set();
    known.add(queue.slice(STATUS_QUEUE.length));
    names.set(address, known);
  }
  return names;
}

/**
 * Workers and bridges of ours say who they are (`clientIdOf` of packages/client). Others are known by their status queue; their
 * further connections come from the same address.
 */
function identityOf(connection: ConnectionPart, namesThere: ReadonlySet<string> | undefined): Identity {
  const own = /^(.+)@([\w.-]+)\/([\w.+~-]+)$/s.exec(connection.clientId);
  if (own !== null) {
    const [, name = "", program = "", version = ""] = own;
    return { id: labelOf(`${name}@${program}`), name, program, version };
  }
  const unknown = { program: null, version: null };
  const queue = connection.functions.find((one) => one.startsWith(STATUS_QUEUE));
  const [only] = namesThere?.size === 1 ? namesThere : [];
  const name = queue?.slice(STATUS_QUEUE.length) ?? only;
  if (name !== undefined) return { ...unknown, id: labelOf(name), name };
  return { ...unknown, id: connection.address, name: connection.address };
}

function isOwnQueue(queue: string, { name }: Identity): boolean {
  return queue === `${STATUS_QUEUE}${name}`;
}

function jobRow(job: ConnectionPart["jobs"][number], server: string, worker: string): JobRow {
  return {
    ...{ server, worker, handle: labelOf(job.handle), queue: labelOf(job.function) },
    ...{ unique: labelOf(job.unique), seconds: Math.floor(job.seconds), retries: job.retries },
  };
}

function workerRow(
  group: Group,
  resultQueues: Pick<ResultQueues, "has">,
  report: WorkerReport = {},
): WorkerRow {
  const { id, program } = group;
  const queues = [...group.queues];
  const held = group.connections.reduce((sum, { jobCount }) => sum + jobCount, 0);
  const takesResults = queues.length > 0 && queues.every((one) => resultQueues.has(one));
  return {
    ...{ id, program, name: labelOf(group.name), version: group.version ?? textOr(report.version) },
    ...{ servers: [...group.servers], hosts: [...group.hosts].slice(0, MOST_HOSTS) },
    kind: takesResults || program === "mod_gearman_bridge" ? "bridge" : "worker",
    ...{ connections: group.connections.length, queues: queues.slice(0, MOST_QUEUES) },
    ...{ slots: report.slots ?? null, busy: report.busy ?? held, load: report.load ?? null },
    ...{ unsentResults: report.unsentResults ?? null, undecodable: report.undecodable ?? null },
    ...{ undecodableSeconds: report.undecodableSeconds ?? null },
    isDraining: report.isDraining === true || (program !== null && hasWithdrawn(group)),
    lastJobSeconds: held > 0 ? 0 : (report.lastJobSeconds ?? null),
  };
}

/** A worker of ours that drains has withdrawn all queues and finishes its jobs. */
const hasWithdrawn = ({ connections }: Group): boolean =>
  connections.every(({ functions, jobCount }) => functions.length === 0 && jobCount > 0);

const textOr = (text: string | undefined): string | null => (text === undefined ? null : labelOf(text));
