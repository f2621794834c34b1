import { type CheckHop, hopsOf, type TracedCheck, type TracedHop } from "@mod-gearman/observe";
import type { Followed } from "./follow.ts";
import type { JobPlace } from "./job-place.ts";

const STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"] as const;
const WORD_COLUMN = 10;
const MS_COLUMN = 12;

const MEANING: Readonly<Record<CheckHop, string>> = {
  core: "the core had it planned, and the module took it",
  handover: "from the module to the bridge",
  submit: "until a job server had the job",
  wait: "the job waited in its queue",
  start: "in the worker, before the plugin",
  plugin: "the plugin ran",
  send: "the worker made the result",
  return: "the result came back to the bridge",
  apply: "until the core had the result",
};

/** Plugin exit codes. */
export const EXIT = { ok: 0, critical: 2, unknown: 3 } as const;

const nameOf = ({ host, service }: Pick<TracedCheck, "host" | "service">): string =>
  clean(service === null ? host : `${host} ${service}`);

/** Names come from a core and its peers: what a terminal would obey is replaced. */
function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f|]/g, "?");
}

const milliseconds = (ms: number): string => `${Math.round(ms)} ms`;

function total(hops: readonly TracedHop[]): number {
  return hops.reduce((sum, { ms }) => sum + ms, 0);
}

function summary(check: TracedCheck, hops: readonly TracedHop[]): string {
  const largest = hops.find(({ isLargest }) => isLargest);
  const most = largest === undefined ? "" : `, most of it ${largest.hop}: ${milliseconds(largest.ms)}`;
  return `${nameOf(check)} took ${milliseconds(total(hops))}${most}`;
}

function hopLine({ hop, from, to, ms, isLargest }: TracedHop): string {
  const mark = isLargest ? "*" : " ";
  return `${mark} ${hop.padEnd(WORD_COLUMN)}${milliseconds(ms).padStart(MS_COLUMN)}  ${from} -> ${to}: ${MEANING[hop]}`;
}

function clockLine({ worker, clockDifferenceMs }: TracedCheck): string {
  const name = worker === null ? "the worker" : clean(worker);
  if (clockDifferenceMs === null) return `clock of ${name}: difference not known`;
  if (clockDifferenceMs === 0) return `clock of ${name}: no difference to be seen`;
  const way = clockDifferenceMs > 0 ? "ahead of" : "behind";
  return `clock of ${name}: ${milliseconds(Math.abs(clockDifferenceMs))} ${way} the bridge's, taken off its times`;
}

/** What is missing, and how to get it. */
function hints({ timesMs }: TracedCheck): string[] {
  return timesMs.grabbed === null && timesMs.fetched !== null
    ? [
        "the worker was not asked for its own times (worker_times=yes in the module's file), or does not know them",
      ]
    : [];
}

/**
 * A finished check: plugin line with performance data, then a line for each hop.
 *
 * @param forms of the hops, as the module's configuration has them; empty: not known
 */
export function printTrace(check: TracedCheck, forms: readonly string[]): string {
  const hops = hopsOf(check);
  const perfdata = [
    `total=${(total(hops) / 1000).toFixed(3)}s`,
    ...hops.map(({ hop, ms }) => `${hop}=${(ms / 1000).toFixed(3)}s`),
  ];
  const state = check.state === null ? "" : ` ${STATES[check.state] ?? check.state}`;
  return [
    `TRACE OK - ${summary(check, hops)}|${perfdata.join(" ")}`,
    `queue ${clean(check.queue)}, worker ${check.worker === null ? "not known" : clean(check.worker)}, result${state}`,
    ...hops.map(hopLine),
    clockLine(check),
    ...hints(check),
    ...formLines(forms),
    "",
  ].join("\n");
}

/** It did not finish in time, will not, or was lost. */
export function printLate(
  name: Pick<TracedCheck, "host" | "service">,
  { check, end, place, seconds }: Followed,
  forms: readonly string[],
): string {
  if (check === undefined) return `TRACE CRITICAL - ${nameOf(name)} was not started within ${seconds} s\n`;
  const hops = hopsOf(check);
  const what = end === "lost" ? "was lost: the bridge gave it up" : `has not finished within ${seconds} s`;
  return [
    `TRACE CRITICAL - ${nameOf(check)} ${what}, ${whereIs(check, place)}`,
    ...hops.map(hopLine),
    ...formLines(forms),
    "",
  ].join("\n");
}

/** Which form each hop speaks, and who cannot be verified. */
function formLines(forms: readonly string[]): string[] {
  return forms.length === 0 ? [] : ["Hops:", ...forms.map((form) => `  ${clean(form)}`)];
}

function whereIs({ queue, timesMs }: TracedCheck, place: JobPlace | undefined): string {
  if (timesMs.fetched !== null) return "its result waits for the core";
  if (timesMs.queued === null) return "no job server has acknowledged its job";
  return clean(place?.text ?? `its job waits in queue ${queue}, or runs`);
}

/** The same for programs. */
export function printTraceJson(
  name: Pick<TracedCheck, "host" | "service">,
  { check, end, place }: Followed,
  forms: readonly string[],
): string {
  const hops = check === undefined ? [] : hopsOf(check);
  const result = {
    ...name,
    isFinished: end === "finished",
    isLost: end === "lost",
    totalMs: total(hops),
    hops,
    place: place ?? null,
    forms,
    check: check ?? null,
  };
  return `${JSON.stringify(result, undefined, 2)}\n`;
}
