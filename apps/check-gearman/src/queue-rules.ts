import { printableLatin1 } from "@mod-gearman/base";
import type { CheckGearmanOptions } from "@mod-gearman/config";
import { inLine, type State, type Verdict, worst } from "./verdict.ts";

export interface Queue {
  /** Latin1. */
  readonly name: string;
  /** Jobs that no worker has taken; may be negative if a server counts wrongly. */
  readonly waiting: number;
  readonly running: number;
  readonly workers: number;
}

/** Limits of {@link judgeQueues}; 0 disables one. */
export type Thresholds = Pick<
  CheckGearmanOptions,
  "warningJobs" | "criticalJobs" | "warningWorkers" | "criticalWorkers" | "criticalWithoutWorker"
>;

interface Rule {
  readonly state: State;
  applies(queue: Queue, limits: Thresholds): boolean;
  text(queue: Queue): string;
}

const tooManyJobs = ({ name, waiting }: Queue) =>
  `Queue ${name} has ${waiting} waiting job${many(waiting)}. `;
const tooManyWorkers = ({ name, workers }: Queue) => `Queue ${name} has ${workers} worker. `;

/** The first rule that applies decides. Source: tools.md 3.2. */
const RULES: readonly Rule[] = [
  {
    state: "CRITICAL",
    applies: ({ waiting, workers }) => waiting > 0 && workers === 0,
    text: ({ name, waiting }) => `Queue ${name} has ${waiting} job${many(waiting)} without any worker. `,
  },
  {
    state: "CRITICAL",
    applies: ({ waiting }, { criticalJobs }) => criticalJobs > 0 && waiting >= criticalJobs,
    text: tooManyJobs,
  },
  {
    state: "CRITICAL",
    applies: ({ workers }, { criticalWorkers }) => criticalWorkers > 0 && workers >= criticalWorkers,
    text: tooManyWorkers,
  },
  {
    state: "CRITICAL",
    applies: ({ workers }, { criticalWithoutWorker }) => criticalWithoutWorker && workers === 0,
    text: ({ name }) => `Queue ${name} has no worker. `,
  },
  {
    state: "WARNING",
    applies: ({ waiting }, { warningJobs }) => warningJobs > 0 && waiting >= warningJobs,
    text: tooManyJobs,
  },
  {
    state: "WARNING",
    applies: ({ workers }, { warningWorkers }) => warningWorkers > 0 && workers >= warningWorkers,
    text: tooManyWorkers,
  },
];

/**
 * State, text and perfdata of queues, in the given order. The worst queue decides (T4); without an alert the text is
 * the sums.
 *
 * @param version of the server, may be empty
 * @param label prefix of the queue name in perfdata, distinguishes servers
 */
export function judgeQueues(
  queues: readonly Queue[],
  limits: Thresholds,
  { version, label = "" }: { readonly version: string; readonly label?: string },
): Verdict & { readonly perfdata: string } {
  const alerts = queues.flatMap((queue) => {
    const rule = RULES.find((one) => one.applies(queue, limits));
    return rule === undefined
      ? []
      : [{ state: rule.state, text: rule.text({ ...queue, name: inLine(queue.name) }) }];
  });
  const perfdata = queues.map((queue) => printPerfdata(queue, limits, label)).join("");
  if (alerts.length === 0) return { state: "OK", text: sums(queues, version), perfdata };
  const state = worst(alerts.map((one) => one.state));
  return { state, text: alerts.map((one) => one.text).join(""), perfdata };
}

function sums(queues: readonly Queue[], version: string): string {
  const running = queues.reduce((sum, queue) => sum + queue.running, 0);
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const jobs = (count: number) => `${count} job${count === 1 ? "" : "s"}`;
  return `${jobs(running)} running and ${jobs(waiting)} waiting. Version: ${inLine(version)}`;
}

/** Three values, each followed by a blank. Source: tools.md 3.2. */
function printPerfdata(
  { name, waiting, running, workers }: Queue,
  limits: Thresholds,
  label: string,
): string {
  const { warningJobs, criticalJobs, warningWorkers, criticalWorkers } = limits;
  const quoted = (what: string) => `'${inLabel(`${label}${name}`)}_${what}'`;
  return (
    `${quoted("waiting")}=${waiting};${warningJobs};${criticalJobs};0 ` +
    `${quoted("running")}=${running} ` +
    `${quoted("worker")}=${workers};${warningWorkers};${criticalWorkers};0 `
  );
}

/** A quote inside a quoted label is doubled (plugin guidelines); control characters would end the line. */
function inLabel(text: string): string {
  return printableLatin1(text).replaceAll("'", "''");
}

function many(count: number): string {
  return count > 1 ? "s" : "";
}
