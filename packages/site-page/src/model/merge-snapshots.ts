import { omitUndefined } from "@mod-gearman/base";
import { healthOf } from "./health.ts";
import { bridgesLast, type IsHere, KnownServers } from "./known-servers.ts";
import type { Finding, ServerRow, SiteSnapshot, WorkerRow } from "./snapshot.ts";
import { LIMITS } from "./snapshot.ts";

/** What another admin listener answered. */
export type OtherSite =
  | { readonly name: string; readonly snapshot: SiteSnapshot }
  | { readonly name: string; readonly away: string };

/**
 * One view of several job servers: rows of all, a worker that several have as one row, a job server that a bridge shows too once.
 *
 * @param isHere tells names of this machine, in case a bridge calls it otherwise
 */
export function mergeSnapshots(
  own: SiteSnapshot,
  others: readonly OtherSite[],
  isHere: IsHere = () => false,
): SiteSnapshot {
  if (others.length === 0) return own;
  const answers = others
    .flatMap((one) => ("snapshot" in one ? [one] : []))
    .toSorted((a, b) => bridgesLast(a.snapshot, b.snapshot));
  const known = new KnownServers(own, isHere);
  const away = others.flatMap((one) => ("away" in one ? [awayRow(one)] : []));
  const hasToken = own.can.actions.length > 0;
  const named = answers.map(({ name, snapshot }) => {
    const mayAct = hasToken && snapshot.servers.length === 1;
    return renamed(known.learn(snapshot, name), name, mayAct);
  });
  const all = [own, ...named];
  const servers = [...all.flatMap((one) => one.servers), ...away];
  const queues = all.flatMap((one) => one.queues).slice(0, LIMITS.queues);
  const workers = mergeWorkers(all.flatMap((one) => one.workers)).slice(0, LIMITS.workers);
  const jobs = all
    .flatMap((one) => one.jobs)
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, LIMITS.jobs);
  const found: Finding[] = [...away.map(awayFinding), ...all.flatMap((one) => one.health.findings)];
  const running = servers.reduce((sum, one) => sum + one.running, 0);
  const omitted = (what: "queues" | "workers", shown: number) =>
    all.reduce((sum, one) => sum + one.omitted[what] + one[what].length, 0) - shown;
  const runAt = hasToken ? answers.filter(mayRun).map(({ name }) => name) : [];
  return {
    ...own,
    can: { ...own.can, ...omitUndefined({ runAt: runAt.length > 0 ? runAt : undefined }) },
    health: healthOf(unique(found), { servers, queues, workers, running }),
    ...{ servers, queues, workers, jobs },
    omitted: {
      queues: omitted("queues", queues.length),
      workers: all.reduce((sum, one) => sum + one.omitted.workers, 0),
      jobs: Math.max(running - jobs.length, 0),
    },
  };
}

const mayRun = ({ snapshot: { can } }: { readonly snapshot: SiteSnapshot }): boolean =>
  can.checks && can.actions.includes("run");

/**
 * A listener has one job server, which is called as in the option. Without a token nothing can be asked of it; nor can it of a bridge with
 * several, which have the same name then.
 */
function renamed(snapshot: SiteSnapshot, name: string, mayAct: boolean): SiteSnapshot {
  const actionsOf = ({ actions }: ServerRow) => (mayAct && Array.isArray(actions) ? actions : []);
  const findings = snapshot.health.findings.map(linkedHere);
  return {
    ...snapshot,
    health: { ...snapshot.health, findings },
    servers: snapshot.servers.map((one) => ({ ...one, name, actions: actionsOf(one) })),
    queues: snapshot.queues.map((one) => ({ ...one, server: name })),
    workers: snapshot.workers.map((one) => ({ ...one, servers: [name] })),
    jobs: snapshot.jobs.map((one) => ({ ...one, server: name })),
  };
}

/** Only the page of the bridge itself has the times of its checks. */
function linkedHere(found: Finding): Finding {
  return found.code === "plugin-slow" ? { ...found, link: "servers" } : found;
}

function awayRow({ name, away }: { name: string; away: string }): ServerRow {
  const unknown = { version: null, connections: null };
  return { name, isUp: false, problem: away, waiting: 0, running: 0, actions: [], ...unknown };
}

function awayFinding({ name, problem }: ServerRow): Finding {
  return {
    ...{ code: "server-away", level: "critical", link: "servers" },
    text: `The page of ${name} does not answer: ${problem}.`,
    advice: "See that it runs and that its --admin-listen is this address.",
  };
}

function mergeWorkers(rows: readonly WorkerRow[]): WorkerRow[] {
  const byId = new Map<string, WorkerRow>();
  for (const row of rows) {
    const known = byId.get(row.id);
    byId.set(row.id, known === undefined ? row : joined(known, row));
  }
  return [...byId.values()];
}

function joined(a: WorkerRow, b: WorkerRow): WorkerRow {
  const both = <T>(read: (one: WorkerRow) => readonly T[]) => [...new Set([...read(a), ...read(b)])];
  const newer = a.slots === null ? b : a;
  return {
    ...newer,
    servers: both(({ servers }) => servers),
    hosts: both(({ hosts }) => hosts),
    queues: both(({ queues }) => queues),
    connections: a.connections + b.connections,
    busy: a.slots === null && b.slots === null ? a.busy + b.busy : newer.busy,
  };
}

function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [`${one.code}\0${one.text}`, one])).values()];
}
