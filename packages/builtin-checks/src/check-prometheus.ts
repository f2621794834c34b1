import { setImmediate as nextTurn } from "node:timers/promises";
import { parseTemplate } from "./alias-template.ts";
import type { BuiltinCall, BuiltinResult } from "./builtin-check.ts";
import { FlagError } from "./flags.ts";
import { formatFixed, formatGeneral } from "./go-format.ts";
import { BudgetError, LinearRegExp, PatternError } from "./linear-regexp.ts";
import { ApiError, type Labels, type Sample } from "./prometheus-answer.ts";
import { type ApiContext, activeTargets, queryInstant } from "./prometheus-api.ts";
import { HelpRequest, type PrometheusOptions, prometheusOptions } from "./prometheus-options.ts";
import { stateName } from "./states.ts";
import { TemplateError } from "./template-syntax.ts";
import { evaluate, parseThreshold, type Threshold, ThresholdError } from "./threshold.ts";
import { tlsContext } from "./tls-context.ts";

const UNKNOWN = 3;
const PING_QUERY = 'prometheus_build_info{job="prometheus"}';
const MAX_TEXT_CHARACTERS = 1024 * 1024;
const MAX_TEMPLATE_CHARACTERS = 16 * 1024;
/** One label may take some tenths of a second in the worst case; other jobs run in between. */
const STEPS_PER_LABEL = 2_000_000;
const STEPS_PER_CHECK = 20_000_000;
const STEPS_PER_TURN = 200_000;
/** Of a text, which is evaluated for each series. */
const STEPS_PER_CHARACTER = 2;
/** The steps of a series besides search pattern and text. */
const STEPS_PER_SERIES = 200;

class DataError extends Error {
  override readonly name: string = "DataError";
  readonly code = "BAD_DATA";
}

interface Found {
  readonly state: number;
  readonly text: string;
  readonly perf: readonly string[];
}

/**
 * Queries a Prometheus server: whether it answers, for a value, or for the health of its targets. Every call
 * has its own connection, cookies and TLS mode.
 *
 * @throws an error with the `code` of a resource shortage if the machine is the cause
 * Source: worker.md 6; `check_prometheus: internal/mode/*.go`, `pkg/checker/checker.go`.
 */
export async function checkPrometheus({ args, signal }: BuiltinCall): Promise<BuiltinResult> {
  try {
    const options = prometheusOptions(args);
    const { state, text, perf } = await MODES[options.mode](options, toContext(options, signal));
    const line = `${stateName(state)} - ${text}`;
    return { returnCode: state, output: Buffer.from(perf.length === 0 ? line : `${line}|${perf.join(" ")}`) };
  } catch (error) {
    const output = failureText(error);
    if (output === undefined) throw error;
    return { returnCode: UNKNOWN, output: Buffer.from(output) };
  }
}

const FAILURES = [FlagError, ApiError, PatternError, BudgetError, ThresholdError, DataError];

function failureText(error: unknown): string | undefined {
  if (error instanceof HelpRequest) return error.message;
  const isOurs = FAILURES.some((kind) => error instanceof kind);
  return isOurs ? `UNKNOWN - Error when executing cli action : ${(error as Error).message}` : undefined;
}

function toContext(options: PrometheusOptions, signal: AbortSignal): ApiContext {
  const { address, cookies, insecure, timeoutSeconds } = options;
  return {
    address,
    headers: cookies.length === 0 ? {} : { Cookie: cookies.join("; ") },
    tls: { context: () => tlsContext({ minVersion: "TLSv1.2" }), insecure },
    signal,
    timeoutMs: timeoutSeconds === 0 ? undefined : timeoutSeconds * 1000,
  };
}

const MODES: Record<
  PrometheusOptions["mode"],
  (options: PrometheusOptions, context: ApiContext) => Promise<Found>
> = { ping, query, targets_health: targetsHealth };

async function ping({ dataAgeSeconds }: PrometheusOptions, context: ApiContext): Promise<Found> {
  const begin = performance.now();
  const result = await queryInstant(context, PING_QUERY, Date.now() / 1000);
  const seconds = (performance.now() - begin) / 1000;
  const [only] = result.type === "vector" ? result.series : [];
  if (result.type !== "vector" || only === undefined || result.series.length !== 1) {
    throw new DataError(`the query '${PING_QUERY}' did not return a vector with a single entry`);
  }
  checkAge(only.sample, dataAgeSeconds);
  const { metric } = only;
  return {
    state: 0,
    text: `Version: ${metric.get("version") ?? ""}, Instance ${metric.get("instance") ?? ""}`,
    perf: [perfText("duration", seconds, { unit: "s", min: "0" })],
  };
}

async function query(options: PrometheusOptions, context: ApiContext): Promise<Found> {
  const limits = thresholds(options);
  const meter = new WorkMeter(context.signal);
  const relabel = await relabeling(options, meter);
  const { alias, dataAgeSeconds, query: text } = options;
  const result = await queryInstant(context, text, Date.now() / 1000);
  const stateOf = ({ value }: Sample) => evaluate(value, limits.warning, limits.critical);
  if (result.type === "scalar") {
    checkAge(result.sample, dataAgeSeconds);
    const { value } = result.sample;
    const name = alias === "" ? `Query: '${text}'` : `Alias: '${alias}'`;
    return {
      state: stateOf(result.sample),
      text: `${name} returned: '${formatFixed(value, -1)}'`,
      perf: [perfText(relabel("scalar"), value, limits)],
    };
  }
  const first = alias === "" ? `Query: '${text}'` : alias;
  if (result.type === "matrix") {
    // a range covers the past: only the newest value of a series must be fresh
    for (const { samples } of result.series) checkAge(samples.at(-1), dataAgeSeconds);
    const states = result.series.flatMap(({ samples }) => samples.map(stateOf));
    if (states.length === 0) throw new DataError("The given States do not contain a State");
    return { state: states.reduce((worst, state) => Math.max(worst, state)), text: first, perf: [] };
  }
  if (result.series.length === 0) return noData(options);
  const fill = filling(alias, meter);
  await nextTurn();
  let filled = "";
  let state = 0;
  const perf: string[] = [];
  for (const { metric, sample } of result.series) {
    checkAge(sample, dataAgeSeconds);
    await meter.yieldIfDue(STEPS_PER_SERIES);
    state = Math.max(state, stateOf(sample));
    perf.push(perfText(relabel(labelText(metric)), sample.value, limits));
    if (filled.length < MAX_TEXT_CHARACTERS) filled += fill(metric, sample.value);
  }
  return { state, text: filled === "" ? `Query: '${text}'` : filled, perf };
}

function noData({ query: text, emptyMessage, emptyState }: PrometheusOptions): Found {
  const message = emptyMessage === "" ? `Query '${text}' returned no data.` : emptyMessage;
  return { state: emptyState, text: message, perf: [] };
}

async function targetsHealth(options: PrometheusOptions, context: ApiContext): Promise<Found> {
  const limits = thresholds(options);
  const targets = await activeTargets(context);
  const healthy = targets.filter(({ health }) => health === "up").length;
  const rate = targets.length === 0 ? 0 : healthy / targets.length;
  const perf = targets.map(({ labels, health }) => {
    const label = labels.get(options.label) ?? labels.get("instance") ?? "";
    return perfText(label, health === "up" ? 0 : 1, {});
  });
  perf.push(perfText("health_rate", rate, { ...limits, min: "0", max: "1" }));
  perf.push(perfText("targets", targets.length, { min: "0" }));
  return {
    state: evaluate(rate, limits.warning, limits.critical),
    text: `There are ${healthy} healthy and ${targets.length - healthy} unhealthy targets`,
    perf,
  };
}

/** @throws DataError */
function checkAge(sample: Sample | undefined, maxAgeSeconds: number): void {
  if (sample === undefined || maxAgeSeconds === 0) return;
  const age = Math.trunc(Date.now() / 1000 - sample.time);
  if (age > maxAgeSeconds) {
    throw new DataError(`one of the scraped data exceed the freshness by ${age - maxAgeSeconds}s`);
  }
}

interface Limits {
  readonly warning?: Threshold | undefined;
  readonly critical?: Threshold | undefined;
}

/** @throws ThresholdError */
function thresholds(options: PrometheusOptions): Limits {
  return { warning: parseThreshold(options.warning), critical: parseThreshold(options.critical) };
}

function perfText(
  label: string,
  value: number,
  {
    warning,
    critical,
    unit = "",
    min = "",
    max = "",
  }: Limits & { unit?: string; min?: string; max?: string },
): string {
  return `'${label}'=${formatFixed(value, -1)}${unit};${warning?.text ?? ""};${critical?.text ?? ""};${min};${max}`;
}

/** `{name="value", …}`, sorted. */
function labelText(labels: Labels): string {
  const pairs = [...labels].map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${pairs.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).join(", ")}}`;
}

/**
 * Applies `--search` and `--replace` to a label.
 *
 * @throws PatternError; the returned function BudgetError
 */
async function relabeling(
  { search, replace }: PrometheusOptions,
  meter: WorkMeter,
): Promise<(label: string) => string> {
  if (search === "") return (label) => label;
  const pattern = await LinearRegExp.compile(search);
  const template = pattern.parseTemplate(replace);
  return (label) => {
    const budget = { steps: STEPS_PER_LABEL };
    const changed = pattern.replaceAll(label, template, budget);
    meter.add(STEPS_PER_LABEL - budget.steps);
    return changed;
  };
}

/**
 * Prints `-a` for a series. A text that cannot be parsed as a template, or evaluated with these labels, is
 * printed unchanged.
 */
function filling(alias: string, meter: WorkMeter): (labels: Labels, value: number) => string {
  const template =
    alias.length > MAX_TEMPLATE_CHARACTERS ? undefined : orElse(() => parseTemplate(alias), undefined);
  if (template === undefined) return () => alias;
  return (labels, value) => {
    meter.add(STEPS_PER_CHARACTER * alias.length);
    return orElse(() => template(new Map([...labels, ["xvalue", formatGeneral(value)]])), alias);
  };
}

function orElse<T, O>(make: () => T, otherwise: O): T | O {
  try {
    return make();
  } catch (error) {
    if (error instanceof TemplateError) return otherwise;
    throw error;
  }
}

/** Counts the work of a check, yields to other jobs, and ends a check that needs too much. */
class WorkMeter {
  readonly #signal: AbortSignal;
  #steps = 0;
  #stepsSinceYield = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** @throws BudgetError */
  add(steps: number): void {
    this.#steps += steps;
    this.#stepsSinceYield += steps;
    if (this.#steps > STEPS_PER_CHECK) throw new BudgetError("search pattern or text takes too long");
  }

  /**
   * Yields to the event loop if enough was done since the last time.
   *
   * @param steps done since the last call, which count for this only
   * @throws the reason of the signal, if it is aborted
   */
  async yieldIfDue(steps: number): Promise<void> {
    this.#stepsSinceYield += steps;
    if (this.#stepsSinceYield < STEPS_PER_TURN) return;
    this.#stepsSinceYield = 0;
    await nextTurn();
    this.#signal.throwIfAborted();
  }
}
