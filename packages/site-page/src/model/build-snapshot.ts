import { omitUndefined } from "@mod-gearman/base";
import { judge } from "./health.ts";
import { labelOf } from "./label.ts";
import type { QueuePart, ServerPart, SiteParts, WorkerReport } from "./parts.ts";
import type { RateKeeper } from "./rates.ts";
import type { ResultQueues } from "./result-queues.ts";
import { type ClockRow, LIMITS, type QueueRow, type ServerRow, type SiteSnapshot } from "./snapshot.ts";
import { workerRows } from "./worker-rows.ts";

/** Who makes a snapshot, and when. */
export interface Occasion {
  readonly program: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly can: SiteSnapshot["can"];
  readonly viewers: SiteSnapshot["viewers"];
}

/** What is known from before. */
export interface Memory {
  readonly rates: RateKeeper;
  /** Answers of status queues, by the name of the worker, latin1. */
  readonly reports: ReadonlyMap<string, WorkerReport>;
  readonly resultQueues: ResultQueues;
}

/** Rows of everything that a program knows; what is beyond {@link LIMITS} is counted. */
export function buildSnapshot(parts: SiteParts, memory: Memory, occasion: Occasion): SiteSnapshot {
  const { program, version, atMs, monotonicMs, can, viewers } = occasion;
  const { servers, bridge } = parts;
  const { rates, reports, resultQueues } = memory;
  resultQueues.learn(parts);
  const isRead = servers.some((server) => !rates.rows.has(server));
  const queues = servers.flatMap((server) => queueRows(server, rates, monotonicMs));
  if (isRead) rates.endRound();
  const { workers, jobs } = workerRows(servers, reports, resultQueues);
  const rows = servers.map((server) => serverRow(server, can.actions));
  const running = rows.reduce((sum, one) => sum + one.running, 0);
  const shown = {
    queues: queues.toSorted(byUse).slice(0, LIMITS.queues),
    workers: workers.slice(0, LIMITS.workers),
    jobs: jobs.toSorted((a, b) => b.seconds - a.seconds).slice(0, LIMITS.jobs),
  };
  const left = (what: "queues" | "workers") =>
    servers.reduce((sum, { omitted }) => sum + (omitted?.[what] ?? 0), 0);
  return {
    ...{ format: 1, program, version, atMs },
    health: judge({ servers: rows, queues, workers, bridge, resultQueues, running }),
    servers: rows,
    ...shown,
    ...omitUndefined({ clocks: clockRows(bridge?.clockDifferences) }),
    omitted: {
      queues: queues.length - shown.queues.length + left("queues"),
      workers: workers.length - shown.workers.length + left("workers"),
      jobs: Math.max(running - shown.jobs.length, 0),
    },
    ...{ can, viewers },
  };
}

function clockRows(differences: ReadonlyMap<string, number> | undefined): ClockRow[] | undefined {
  if (differences === undefined) return undefined;
  const rows = [...differences].slice(0, LIMITS.workers);
  return rows.map(([name, ms]) => ({ worker: labelOf(name), aheadMs: Math.round(ms) }));
}

/** Those in use first, else as they come. */
function byUse(a: QueueRow, b: QueueRow): number {
  return Number(a.isStale) - Number(b.isStale);
}

function serverRow(server: ServerPart, allowed: readonly string[]): ServerRow {
  const sum = (read: (queue: QueuePart) => number) =>
    server.queues.reduce((total, queue) => total + read(queue), 0);
  return {
    ...{ name: server.name, version: server.version ?? null },
    ...{ isUp: server.away === undefined, problem: server.away ?? server.problem ?? null },
    ...{ waiting: sum(({ waiting }) => waiting), running: sum(({ running }) => running) },
    connections: server.connections ?? null,
    actions: (server.actions ?? []).filter((name) => allowed.includes(name)),
  };
}

/** The same rows until the server is read again. */
function queueRows(server: ServerPart, rates: RateKeeper, nowMs: number): readonly QueueRow[] {
  const known = rates.rows.get(server);
  if (known !== undefined) return known;
  const rows = server.queues.map((queue) => queueRow(server.name, queue, rates, nowMs));
  rates.rows.set(server, rows);
  return rows;
}

function queueRow(server: string, queue: QueuePart, rates: RateKeeper, nowMs: number): QueueRow {
  const { waiting, running, workers, oldestWaitingSeconds: oldest } = queue;
  const { isStill, ...flow } = rates.sample(server, queue, nowMs);
  return {
    ...{ server, name: labelOf(queue.name), waiting, running, workers },
    oldestSeconds: oldest === undefined ? null : Math.floor(oldest),
    ...{ bytes: queue.bytes ?? null, priorities: queue.priorities ?? null },
    ...{ isStalled: queue.isStalled ?? isStill, isPaused: queue.isPaused === true },
    isStale: waiting + running + workers === 0,
    ...flow,
  };
}
