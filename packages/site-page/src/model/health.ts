import { bridgeFindings } from "./bridge-findings.ts";
import { printDuration } from "./duration.ts";
import { finding, isRecent } from "./finding.ts";
import type { BridgePart } from "./parts.ts";
import type { ResultQueues } from "./result-queues.ts";
import {
  type Finding,
  type Health,
  LIMITS,
  type QueueRow,
  type ServerRow,
  type WorkerRow,
} from "./snapshot.ts";

/** Rows that health is judged by. */
export interface Judged {
  readonly servers: readonly ServerRow[];
  readonly queues: readonly QueueRow[];
  readonly workers: readonly WorkerRow[];
  readonly bridge?: BridgePart | undefined;
  readonly resultQueues: Pick<ResultQueues, "has" | "isOwn">;
  /** Number of running jobs. */
  readonly running: number;
}

/** A queue may be without a worker for as long as workers need to connect again. */
const PATIENCE_SECONDS = 5;
const MANY_UNSENT = 100;

/** Judges a site: every finding, and the sentence on top of the page. */
export function judge(site: Judged): Health {
  return healthOf(
    [
      ...site.servers.flatMap(serverFindings),
      ...(site.bridge === undefined ? [] : bridgeFindings(site.bridge, site.workers)),
      ...site.queues.flatMap((queue) => queueFindings(queue, site)),
      ...site.workers.flatMap(workerFindings),
    ],
    site,
  );
}

/** The sentence for findings that are known. */
export function healthOf(found: readonly Finding[], site: Omit<Judged, "bridge" | "resultQueues">): Health {
  const findings = found.toSorted((a, b) => rank(a) - rank(b));
  const [worst] = findings;
  if (worst === undefined) return { level: "ok", sentence: goodSentence(site), findings };
  const others = findings.length - 1;
  const more = others === 0 ? "" : others === 1 ? " One more finding." : ` ${others} more findings.`;
  return {
    level: worst.level,
    sentence: worst.text + more,
    findings: findings.slice(0, LIMITS.findings),
  };
}

const rank = ({ level }: Finding): number => (level === "critical" ? 0 : 1);

function goodSentence({
  servers,
  queues,
  workers,
  running,
}: Omit<Judged, "bridge" | "resultQueues">): string {
  const used = queues.filter(({ isStale }) => !isStale).length;
  const working = workers.filter(({ kind }) => kind === "worker").length;
  const what = [
    ...[counted(servers.length, "job server"), counted(used, "queue"), counted(working, "worker")],
    `${counted(running, "job")} running`,
  ];
  return `All is well: ${what.join(", ")}.`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

function serverFindings({ name, isUp, problem }: ServerRow): Finding[] {
  if (isUp && problem === null) return [];
  return [
    isUp
      ? finding("server-problem", "warning", `Job server ${name}: ${problem}.`, "Read its log.", "servers")
      : finding(
          "server-away",
          "critical",
          `Job server ${name} does not answer${problem === null ? "" : `: ${problem}`}.`,
          "See that it runs and that no firewall is between.",
          "servers",
        ),
  ];
}

function queueFindings(queue: QueueRow, { workers, resultQueues }: Judged): Finding[] {
  const { name, waiting, oldestSeconds, isStalled, isPaused } = queue;
  const link = `queue/${encodeURIComponent(name)}`;
  const age = oldestSeconds === null ? "" : `, the oldest for ${printDuration(oldestSeconds)}`;
  const jobs = `${counted(waiting, "job")} wait${waiting === 1 ? "s" : ""}${age}`;
  if (isPaused)
    return [finding("queue-paused", "warning", `Queue ${name} is paused, ${jobs}.`, "Resume it.", link)];
  if (queue.workers === 0 && isOfResults(queue, resultQueues) && hasWorkers(workers))
    return [
      finding(
        "bridge-away",
        "critical",
        `Nobody takes results from ${name}: the bridge is away, ${jobs}.`,
        "See that the core and its bridge run and use this job server.",
        link,
      ),
    ];
  if (queue.workers === 0 && waiting > 0 && (oldestSeconds ?? PATIENCE_SECONDS) >= PATIENCE_SECONDS)
    return [
      finding(
        "queue-without-worker",
        "critical",
        `Queue ${name} has no worker, ${jobs}.`,
        "Start a worker for it, or let the core use another queue.",
        link,
      ),
    ];
  if (isStalled)
    return [
      finding(
        "queue-stalled",
        "critical",
        `Queue ${name} stands still although it has workers: ${jobs}.`,
        "Look at its workers: they are connected and take nothing.",
        link,
      ),
    ];
  return [];
}

/** One that another bridge took is of a former configuration, unless results come. */
function isOfResults({ name, waiting }: QueueRow, queues: Judged["resultQueues"]): boolean {
  return queues.isOwn(name) || (waiting > 0 && queues.has(name));
}

const hasWorkers = (workers: readonly WorkerRow[]): boolean => workers.some(({ kind }) => kind === "worker");

function workerFindings(worker: WorkerRow): Finding[] {
  const { id, name, undecodable, undecodableSeconds, unsentResults } = worker;
  const link = `worker/${encodeURIComponent(id)}`;
  const found: Finding[] = [];
  if (isRecent(undecodable, undecodableSeconds))
    found.push(
      finding(
        "worker-key",
        "critical",
        `Worker ${name} cannot decrypt its jobs (${undecodable} so far): its key is wrong.`,
        "Give it the key of the core, then restart it.",
        link,
      ),
    );
  if ((unsentResults ?? 0) > MANY_UNSENT)
    found.push(
      finding(
        "worker-unsent",
        "warning",
        `Worker ${name} has ${unsentResults} results that no job server takes.`,
        "Look at its log for the reason.",
        link,
      ),
    );
  return found;
}
