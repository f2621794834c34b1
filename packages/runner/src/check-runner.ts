import {
  isResourceShortage as isShortage,
  type PluginOutcome,
  type Stopwatch,
  startAlarm,
  startStopwatch,
} from "@mod-gearman/base";
import {
  applyNegate,
  type BuiltinCheck,
  checkDummy,
  type EnabledChecks,
  runBuiltinCheck,
} from "@mod-gearman/builtin-checks";
import type { Epn, EpnOrder, PerlFile, PerlFiles } from "@mod-gearman/epn-client";
import type { Logger } from "@mod-gearman/observe";
import { refuseLength } from "./argument-limit.ts";
import type { CheckExec, CheckOutcome, CheckRequest } from "./check-outcome.ts";
import { type EnabledHandlers, type PlannedCheck, planCheck } from "./check-plan.ts";
import { processClock, type RunnerClock } from "./clock.ts";
import {
  defectFinding,
  type Finding,
  find,
  findInternal,
  finish,
  type JudgeOptions,
  timeoutFinding,
} from "./judge.ts";
import { isResourceShortage } from "./outcome.ts";
import { refuseCommand } from "./restrict-path.ts";
import type { Runner } from "./runner.ts";
import { tokenize } from "./tokenize.ts";

/** Runs a command line as program, in embedded Perl or as built-in check, and judges the outcome. */
export interface CheckRunner {
  /**
   * Never throws. `done` is called once: before this returns if nothing has to be waited for, else later.
   * Errors thrown by `done` are logged.
   */
  start(request: CheckRequest, done: (outcome: CheckOutcome) => void): void;
  /** `start` as a promise, which never rejects. */
  check(request: CheckRequest): Promise<CheckOutcome>;
}

/** Settings and collaborators of a check runner. It has no state of its own: create a new one after a reload. */
export interface CheckRunnerOptions {
  readonly runner: Pick<Runner, "start">;
  /** Commands run in this process instead of their programs. */
  readonly builtin: EnabledChecks;
  /** Runs Perl plugins that permit it; absent: they are ordinary programs. */
  readonly embeddedPerl?: EmbeddedPerlOptions;
  readonly judge: JudgeOptions;
  /** Of the worker, for `check_dummy --version`. */
  readonly version: string;
  /** Stops built-in checks that wait for a server; they end as `aborted`. Plugins are stopped by their runner. */
  readonly stopSignal?: AbortSignal;
  readonly logger?: Pick<Logger, "error">;
  readonly clock?: RunnerClock;
  readonly stopwatch?: () => Stopwatch;
}

interface EmbeddedPerlOptions {
  readonly epn: Pick<Epn, "run">;
  readonly files: PerlFiles;
  /** Also plugins without `# nagios: +epn`. */
  readonly implicit: boolean;
}

/** Source: worker.md 4, 6, 8.3. */
export function createCheckRunner(options: CheckRunnerOptions): CheckRunner {
  return new PluginCheckRunner(options);
}

const NOTHING = Buffer.alloc(0);
const DEFAULT_MAX_OUTPUT_BYTES = 10 * 1024 * 1024;
const UNKNOWN = 3;

interface Running {
  readonly request: CheckRequest;
  readonly watch: Stopwatch;
  readonly planned: PlannedCheck;
}

/** Calls `done` with the outcome that `conclude` returns; undefined: the check is still running. */
type Settle = (conclude: () => CheckOutcome | undefined) => void;
type WaitingCheck = Exclude<BuiltinCheck, "check_dummy">;

class PluginCheckRunner implements CheckRunner {
  readonly #options: CheckRunnerOptions;
  readonly #clock: RunnerClock;
  readonly #stopwatch: () => Stopwatch;
  readonly #enabled: EnabledHandlers;

  constructor(options: CheckRunnerOptions) {
    this.#options = options;
    const { builtin, embeddedPerl } = options;
    const findPerl =
      embeddedPerl && ((program: Buffer) => embeddedPerl.files.find(program, embeddedPerl.implicit));
    this.#enabled = { ...builtin, findPerl };
    this.#clock = options.clock ?? processClock;
    this.#stopwatch = options.stopwatch ?? startStopwatch;
  }

  start(request: CheckRequest, done: (outcome: CheckOutcome) => void): void {
    const watch = this.#stopwatch();
    const settle = (conclude: () => CheckOutcome | undefined) => {
      const outcome = this.#guarded(request, watch, conclude);
      if (outcome === undefined) return;
      try {
        done(outcome);
      } catch (error) {
        this.#options.logger?.error(`check result lost: ${textOf(error)}`);
      }
    };
    settle(() => this.#begin(request, watch, settle));
  }

  check(request: CheckRequest): Promise<CheckOutcome> {
    return new Promise((resolve) => this.start(request, resolve));
  }

  #guarded(
    request: CheckRequest,
    watch: Stopwatch,
    conclude: () => CheckOutcome | undefined,
  ): CheckOutcome | undefined {
    try {
      return conclude();
    } catch (error) {
      return this.#defect(request, watch, error);
    }
  }

  /** @returns undefined if the outcome is passed to `settle` later */
  #begin(request: CheckRequest, watch: Stopwatch, settle: Settle): CheckOutcome | undefined {
    const { version, judge } = this.#options;
    const refused = refuseLength(request.commandLine);
    if (refused !== undefined) return this.#notPlanned(request, watch, refused);
    const plan = tokenize(request.commandLine);
    const planned = planCheck(request, plan, this.#enabled);
    const running = { request, watch, planned };
    if (request.restrictTo !== undefined) {
      const output = refuseCommand(request.commandLine, plan, request.restrictTo);
      if (output !== undefined) return outcomeOf(running, "bad_path", { returnCode: UNKNOWN, output });
    }
    if (planned.builtin === "check_dummy") {
      const { returnCode, output } = checkDummy(planned.args, version);
      return this.#conclude(running, "internal", findInternal(returnCode, output, judge));
    }
    request.onBegin?.();
    const { builtin: name, perl } = planned;
    if (name !== undefined) this.#startBuiltin(running, name, settle);
    else if (perl === undefined || !this.#startEmbedded(running, perl, settle))
      this.#startPlugin(running, settle);
    return undefined;
  }

  /** @returns false if the interpreter does not accept the plugin */
  #startEmbedded(running: Running, file: PerlFile, settle: Settle): boolean {
    const { request, planned } = running;
    const { args, prefixes, timeoutMs } = planned;
    const maxOutputBytes = request.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
    const order: EpnOrder = {
      file,
      args,
      env: withPrefixes(request.env, prefixes),
      timeoutMs,
      maxOutputBytes,
    };
    const refused = this.#options.embeddedPerl?.epn.run(order, (outcome) => {
      if ("unavailable" in outcome) settle(() => this.#startInstead(running, settle));
      else settle(() => this.#judgePlugin(running, "epn", outcome));
    });
    return refused === undefined;
  }

  /** The interpreter did not finish the plugin: run it as a program in the remaining time (D12). */
  #startInstead(running: Running, settle: Settle): CheckOutcome | undefined {
    const { watch, planned, request } = running;
    const { judge, stopSignal } = this.#options;
    if (stopSignal?.aborted) return { ...unexecuted(running, "exec"), aborted: true };
    const leftMs = planned.timeoutMs - Number(watch.finishedAt() - watch.startedAt) / 1000;
    if (leftMs < 1) return this.#conclude(running, "exec", timeoutFinding(request.type, judge), true);
    this.#startPlugin(running, settle, leftMs);
    return undefined;
  }

  /** @param leftMs remaining time of a plugin that was first tried in embedded Perl */
  #startPlugin(running: Running, settle: Settle, leftMs?: number): void {
    const { planned, watch } = running;
    const request = leftMs === undefined ? planned : { ...planned, timeoutMs: leftMs };
    this.#options.runner.start(request, (outcome) => {
      const whole = leftMs === undefined ? outcome : { ...outcome, startedAt: watch.startedAt };
      settle(() => this.#judgePlugin(running, planned.plan.kind, whole));
    });
  }

  #judgePlugin(running: Running, exec: CheckExec, outcome: PluginOutcome): CheckOutcome {
    const { request } = running;
    const { startedAt, finishedAt, aborted, timedOut, error, exitCode, usage } = outcome;
    const shortage = isResourceShortage(outcome);
    const verdict =
      aborted || shortage
        ? unexecuted(running, exec)
        : this.#conclude(running, exec, find(outcome, request.type, this.#options.judge), timedOut);
    return {
      ...verdict,
      startedAt,
      finishedAt,
      aborted,
      shortage,
      problem: error?.text,
      exitCode: timedOut ? undefined : exitCode,
      usage,
    };
  }

  /** Runs a check that waits for a server. It ends at its answer, its timeout or the stop of the worker, whichever is first. */
  #startBuiltin(running: Running, name: WaitingCheck, settle: Settle): void {
    const { planned, request } = running;
    const { judge, stopSignal } = this.#options;
    const controller = new AbortController();
    let isOver = false;
    const end = (conclude: () => CheckOutcome) => {
      if (isOver) return;
      isOver = true;
      alarm.cancel();
      stopSignal?.removeEventListener("abort", onStop);
      settle(conclude);
      controller.abort();
    };
    const onStop = () => end(() => ({ ...unexecuted(running, "internal"), aborted: true }));
    const onTimeout = () =>
      end(() => this.#conclude(running, "internal", timeoutFinding(request.type, judge), true));
    const alarm = startAlarm(this.#clock, onTimeout, planned.timeoutMs);
    if (stopSignal?.aborted) {
      onStop();
      return;
    }
    stopSignal?.addEventListener("abort", onStop);
    const maxBytes = request.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
    const cut = (output: Buffer) => output.subarray(0, maxBytes);
    const call = { args: planned.args, env: planned.prefixes, signal: controller.signal };
    runBuiltinCheck(name, call).then(
      ({ returnCode, output }) =>
        end(() => {
          const finding = findInternal(returnCode, cut(output), judge);
          return { ...this.#conclude(running, "internal", finding), exitCode: returnCode };
        }),
      (error: unknown) => end(() => this.#crashed(running, error)),
    );
  }

  #crashed(running: Running, error: unknown): CheckOutcome {
    const problem = textOf(error);
    if (isShortage((error as NodeJS.ErrnoException | undefined)?.code)) {
      return { ...unexecuted(running, "internal"), shortage: true, problem };
    }
    this.#options.logger?.error(`internal check crashed: ${problem}`);
    const output = Buffer.from(`UNKNOWN - internal check crashed: ${problem}`);
    const finding = { returnCode: UNKNOWN, output, isPluginText: true };
    return { ...this.#conclude(running, "internal", finding), problem };
  }

  #conclude(running: Running, exec: CheckExec, finding: Finding, timedOut = false): CheckOutcome {
    const { negate } = running.planned;
    const changed = negate === undefined ? finding : timedOut ? finding : applyNegate(finding, negate);
    const verdict = finish(changed, this.#options.judge);
    const returnCode = timedOut ? (negate?.timeoutResult ?? verdict.returnCode) : verdict.returnCode;
    return { ...outcomeOf(running, exec, { ...verdict, returnCode }), timedOut };
  }

  /** A defect of the worker still gives the job a result (D11). */
  #defect(request: CheckRequest, watch: Stopwatch, error: unknown): CheckOutcome {
    const problem = textOf(error);
    this.#options.logger?.error(`check failed: ${problem}`);
    return this.#notPlanned(request, watch, problem);
  }

  #notPlanned(request: CheckRequest, watch: Stopwatch, problem: string): CheckOutcome {
    const { returnCode, output } = finish(defectFinding(problem, this.#options.judge), this.#options.judge);
    const { startedAt } = watch;
    return {
      exec: "error",
      returnCode,
      output,
      timedOut: false,
      timeoutMs: request.timeoutMs,
      aborted: false,
      shortage: false,
      problem,
      description: "",
      startedAt,
      finishedAt: watch.finishedAt(),
    };
  }
}

/** The variables of the job, followed by those before the command, which take precedence. */
function withPrefixes(env: CheckRequest["env"], prefixes: EpnOrder["env"]): EpnOrder["env"] {
  if (env === undefined) return prefixes;
  const pairs = Object.entries(env).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  return [...pairs, ...prefixes];
}

function unexecuted(running: Running, exec: CheckExec): CheckOutcome {
  return outcomeOf(running, exec, { returnCode: UNKNOWN, output: NOTHING });
}

function outcomeOf(
  { watch, planned }: Running,
  exec: CheckExec,
  verdict: { returnCode: number; output: Buffer },
): CheckOutcome {
  return {
    exec,
    returnCode: verdict.returnCode,
    output: verdict.output,
    timedOut: false,
    timeoutMs: planned.timeoutMs,
    aborted: false,
    shortage: false,
    description: planned.description,
    startedAt: watch.startedAt,
    finishedAt: watch.finishedAt(),
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
