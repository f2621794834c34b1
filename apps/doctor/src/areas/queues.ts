import type { ModuleOptions } from "@mod-gearman/config";
import { Notes } from "../finding.ts";
import { queuesOf } from "../module-queues.ts";
import type { ServerLook } from "../server-look.ts";
import type { Site } from "../site.ts";

const MANY_RESULTS = 1000;
const MANY_RECORDS = 10_000;

/** Queues of single workers and of test jobs, whose late results are not taken. */
const OWN_QUEUE = /^(?:worker_|mod_gearman_doctor_|check_gearman_self_test_)/;

interface QueueSum {
  readonly waiting: number;
  readonly running: number;
  readonly workers: number;
}

const NOTHING: QueueSum = { waiting: 0, running: 0, workers: 0 };

/**
 * Queues without workers, and workers without queues.
 *
 * @param looks two looks at the servers, some time apart: what waits in one of them only is no stall
 */
export function examineQueues(
  site: Site,
  [before, now]: readonly [readonly ServerLook[], readonly ServerLook[]],
): Notes {
  const notes = new Notes("queues");
  if (now.every(({ failure }) => failure !== undefined)) {
    notes.skip("queues: no job server answered");
    return notes;
  }
  const sums = sumsOf(now);
  const module = site.module?.loaded?.options;
  if (module === undefined)
    notes.skip("queues of the core: no usable configuration of the module was found on this machine");
  else examineModule(module, sums, notes);
  examineStalls(sumsOf(before), sums, notes);
  examineOrphans(sums, module, notes);
  examineWorker(site, notes);
  return notes;
}

/** Over all servers: a queue needs workers on the server that has its jobs, which the stalls show. */
function sumsOf(looks: readonly ServerLook[]): Map<string, QueueSum> {
  const sums = new Map<string, QueueSum>();
  for (const { queues } of looks) {
    for (const { queue, total, running, workers } of queues) {
      const name = queue.toString("latin1");
      const sum = sums.get(name) ?? NOTHING;
      sums.set(name, {
        waiting: sum.waiting + total - running,
        running: sum.running + running,
        workers: sum.workers + workers,
      });
    }
  }
  return sums;
}

function examineModule(options: ModuleOptions, sums: ReadonlyMap<string, QueueSum>, notes: Notes): void {
  const { checks, commands, records, results } = queuesOf(options);
  for (const name of [...checks, ...commands]) {
    if ((sums.get(name)?.workers ?? 0) > 0) notes.fine();
    else
      notes.critical({
        id: "queue-without-worker",
        what: `no worker takes jobs of queue ${name}; ${sums.get(name)?.waiting ?? 0} wait`,
        meaning: "The core puts checks, event handlers or notifications there, and nobody runs them.",
        advice: adviceFor(name),
      });
  }
  for (const name of records) examineRecords(name, sums.get(name) ?? NOTHING, notes);
  examineResults(results, sums.get(results) ?? NOTHING, notes);
}

function examineRecords(name: string, { workers, waiting }: QueueSum, notes: Notes): void {
  if (workers > 0 || waiting < MANY_RECORDS) notes.fine();
  else
    notes.warning({
      id: "records-pile-up",
      what: `${waiting} jobs wait in queue ${name}, and nobody takes them`,
      meaning: "Performance data or exported events fill the memory of the job server.",
      advice:
        "Start the program that takes them (pnp4nagios, a writer of metrics), or remove the option that makes them.",
    });
}

function examineResults(results: string, { workers, waiting }: QueueSum, notes: Notes): void {
  if (workers === 0)
    notes.critical({
      id: "results-not-taken",
      what: `nobody takes results from queue ${results}; ${waiting} wait`,
      meaning:
        "The core or its bridge does not run, or uses other job servers: results do not reach the core.",
      advice: "Start the core; look for lines of mod_gearman in its log.",
    });
  else if (waiting > MANY_RESULTS)
    notes.warning({
      id: "results-wait",
      what: `${waiting} results wait in queue ${results}`,
      meaning: "The core applies them more slowly than they come: what it shows is old.",
      advice: "Look at the core's load; `gearman_top` shows whether the number falls.",
    });
  else notes.fine();
}

function adviceFor(queue: string): string {
  const [, kind, group] = /^(hostgroup|servicegroup)_(.*)$/.exec(queue) ?? [];
  const line =
    kind === undefined
      ? `${queue === "eventhandler" || queue === "notification" ? queue : `${queue}s`}=yes`
      : `${kind}s=${group}`;
  return `Start a worker with ${line} that uses these job servers.`;
}

/** Jobs that wait although workers are there and nothing runs, twice in a row. */
function examineStalls(
  before: ReadonlyMap<string, QueueSum>,
  now: ReadonlyMap<string, QueueSum>,
  notes: Notes,
): void {
  const stalls = [...now].filter(([name, sum]) => isStill(sum) && isStill(before.get(name) ?? NOTHING));
  if (stalls.length === 0) notes.fine();
  for (const [name, { waiting, workers }] of stalls)
    notes.critical({
      id: "queue-stalled",
      what: `${waiting} jobs wait in queue ${name}, its ${workers} workers take none`,
      meaning: "The workers hang, are stopped, or are full of plugins that do not end.",
      advice: "Look at the workers' machines (processes, log); restart the worker that hangs.",
    });
}

/** Whether jobs wait and none runs although workers are there; a moment later that may be over. */
export function hasStalls(looks: readonly ServerLook[]): boolean {
  return [...sumsOf(looks).values()].some(isStill);
}

function isStill({ waiting, running, workers }: QueueSum): boolean {
  return waiting > 0 && running === 0 && workers > 0;
}

/** Jobs that wait in queues that no configuration here knows and no worker serves. */
function examineOrphans(
  sums: ReadonlyMap<string, QueueSum>,
  module: ModuleOptions | undefined,
  notes: Notes,
): void {
  const queues = module === undefined ? undefined : queuesOf(module);
  const known = new Set(
    queues === undefined ? [] : [...queues.checks, ...queues.commands, ...queues.records, queues.results],
  );
  const left = [...sums].filter(
    ([name, { waiting, workers }]) =>
      waiting > 0 && workers === 0 && !known.has(name) && !OWN_QUEUE.test(name),
  );
  if (left.length === 0) notes.fine();
  for (const [name, { waiting }] of left)
    notes.warning({
      id: "jobs-left",
      what: `${waiting} jobs wait in queue ${name}, which has no worker and is not of this core's configuration`,
      meaning: "They are left from a former configuration, or belong to another core whose workers are away.",
      advice: "Start a worker for it, or remove the jobs (mod_gearman_queue purge).",
    });
}

/** Queues that the worker of this machine serves and this core never fills. */
function examineWorker(site: Site, notes: Notes): void {
  const [module, worker] = [site.module?.loaded?.options, site.worker?.loaded?.options];
  if (module === undefined || worker === undefined) return;
  const { checks, commands } = queuesOf(module);
  const filled = new Set([...checks, ...commands]);
  const idle = worker
    .functions()
    .map((name) => name.toString("latin1"))
    .filter((name) => /^(?:host|service)group_/.test(name) && !filled.has(name));
  if (idle.length === 0 || module.queueCustomVariable !== undefined) notes.fine();
  else
    notes.warning({
      id: "worker-without-queue",
      what: `the worker serves ${idle.join(", ")}, where this core puts nothing`,
      meaning: "A group is misspelt on one side: its checks go to another queue.",
      advice: "Name the groups alike in both files (hostgroups=, servicegroups=).",
    });
}
