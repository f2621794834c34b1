import { isListenAddress } from "@mod-gearman/admin-http";
import { checkConfigReport, type Loaded, type ModuleOptions, type Warning } from "@mod-gearman/config";
import {
  type BridgeOptions,
  loadModule,
  moduleHops,
  neededBrokerBits,
  shownBits,
} from "@mod-gearman/program";

import { enrolmentStatements } from "./enrolment.ts";
import { logFileTarget } from "./log-target.ts";
import { settingsProblem } from "./settings.ts";
import type { World } from "./world.ts";

const EXIT_CONFIG = 2;
/** Start of the queue of one worker. */
const STICKY = "sticky_";

type CheckWorld = Pick<
  World,
  "files" | "workingFolder" | "print" | "printError" | "hasLogger" | "logFileProblem"
>;

/**
 * `--check-config`: what is in effect, and everything that a start would complain about; nothing is opened or connected.
 *
 * @returns exit code: 0 usable, 2 not
 * @throws ConfigError for what cannot be read or is no value
 */
export function checkConfig({ options, effective }: Loaded<BridgeOptions>, world: CheckWorld): number {
  const loaded = loadModule("", world.workingFolder, world.files, options.own);
  const own = effective.filter((one) => one.option !== "check-config");
  const problem = settingsProblem(loaded.options);
  const texts = [...startComplaints(loaded.options, world), ...(problem === undefined ? [] : [problem])];
  const enrolment = enrolmentStatements(loaded.options).map((one): Warning => ({ ...one, where: "" }));
  const found = texts.map((text): Warning => ({ text, where: "", level: "warn" }));
  const warnings = [...loaded.warnings, ...envelopeStatements(loaded.options), ...enrolment, ...found];
  const report = checkConfigReport(
    { effective: [...own, ...loaded.effective], warnings },
    moduleHops(loaded.options),
  );
  world.print(`${brokerStatement(loaded.options)}\n\n${report}`);
  if (problem === undefined) return 0;
  world.printError(`Error: ${problem}`);
  return EXIT_CONFIG;
}

/** What the core's own configuration needs, which is not read here. */
function brokerStatement(options: ModuleOptions): string {
  const bits = neededBrokerBits(options);
  const sum = bits.reduce((all, { value }) => all + value, 0);
  return `The core needs event_broker_options=-1, or at least ${sum}: ${shownBits(bits)}.`;
}

/** Which form each hop speaks, and who cannot be verified. */
function envelopeStatements(options: ModuleOptions): Warning[] {
  if (options.masterFile === undefined) return [];
  const at = (level: Warning["level"], text: string): Warning => ({ text, where: "", level });
  const queues = options.envelopeQueues.map((name) => name.toString()).join(", ");
  const jobs =
    options.envelope === "v2"
      ? "all jobs are sealed (v2), and results in the legacy form are refused"
      : queues === ""
        ? "no queue is sealed: envelope_queues names none"
        : `jobs of these queues are sealed (v2): ${queues}; others, and their results, are in the legacy form`;
  const records = [...options.perfdata, ...options.exports.map(({ queue }) => queue)];
  return [
    at(options.envelope === "v2" || queues !== "" ? "info" : "warn", `envelope: ${jobs}`),
    ...(options.identities === undefined
      ? [
          at(
            "warn",
            "envelope_identities_file is not set: every worker is taken for every queue, no sender is",
          ),
        ]
      : []),
    ...(isStickyOpen(options)
      ? [
          at(
            "warn",
            "services of sticky_plugins in sealed queues stay there: envelope_queues names no queue sticky_…",
          ),
        ]
      : []),
    ...(records.length > 0 ? [at("info", "performance data and exports are in the legacy form")] : []),
  ];
}

/** Whether `sticky_plugins` has no effect on some checks, as queues of single workers are not sealed and others are. */
function isStickyOpen({ envelope, envelopeQueues, stickyPlugins }: ModuleOptions): boolean {
  if (envelope !== "both" || stickyPlugins.length === 0 || envelopeQueues.length === 0) return false;
  const names = envelopeQueues.map((name) => name.toString("latin1"));
  return !names.some(
    (name) => name.startsWith(STICKY) || (name.endsWith("*") && STICKY.startsWith(name.slice(0, -1))),
  );
}

/** What a start would print, although the bridge works. */
function startComplaints(options: ModuleOptions, world: CheckWorld): string[] {
  const { adminListen, logmode, prometheusServer } = options;
  const complaints: string[] = [];
  const logFile = logFileTarget(options);
  const problem = logFile === undefined ? undefined : world.logFileProblem(logFile);
  if (problem !== undefined)
    complaints.push(`error opening logfile: ${logFile}: ${problem}; the core's log is used`);
  if (logmode === "syslog" && !world.hasLogger())
    complaints.push("logmode syslog has no effect: no program logger in PATH, the core's log is used");
  if (prometheusServer !== undefined && !isListenAddress(prometheusServer))
    complaints.push(`metrics are not served at ${prometheusServer}: it is not HOST:PORT`);
  if (adminListen !== undefined && !isListenAddress(adminListen))
    complaints.push(`pages are not served at ${adminListen}: it is not HOST:PORT`);
  return complaints;
}
