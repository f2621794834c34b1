import type { DoctorOptions } from "@mod-gearman/config";
import { examineCheck } from "./areas/check.ts";
import { examineClock } from "./areas/clock.ts";
import { examineConfiguration } from "./areas/configuration.ts";
import { examineCore } from "./areas/core.ts";
import { examineForms } from "./areas/forms.ts";
import { examineHops } from "./areas/hops.ts";
import { examineKey } from "./areas/key.ts";
import { examineLimits } from "./areas/limits.ts";
import { examineNetwork } from "./areas/network.ts";
import { examinePlugins } from "./areas/plugins.ts";
import { examineQueues, hasStalls } from "./areas/queues.ts";
import { examineSlowPlugins } from "./areas/slow-plugins.ts";
import { examineSpool } from "./areas/spool.ts";
import { examineVersion } from "./areas/version.ts";
import { readBridgeChecks } from "./bridge-checks.ts";
import { readCommands } from "./core-commands.ts";
import { joinReports, type Report } from "./finding.ts";
import { exitCodeOf, printJson, printText } from "./report-text.ts";
import { lookAtServers, type ServerLook } from "./server-look.ts";
import { readSite, type Site } from "./site.ts";
import { type JobSecret, sendTestJobs, type TestJobs } from "./test-jobs.ts";
import type { World } from "./world.ts";

/** Between two looks at the queues. */
const LOOK_AGAIN_MS = 1000;

/**
 * Examines the site and prints what is wrong with it.
 *
 * @returns exit code of a plugin: 0 nothing, 1 warnings only, 2 something critical, 3 nothing could be looked at
 */
export async function run(options: DoctorOptions, world: World): Promise<number> {
  const report = await examine(options, world);
  world.stdout(
    options.json ? printJson(report, world.version) : printText(report, options.verbose > 0, world),
  );
  return exitCodeOf(report);
}

/** Examines everything that this machine can see. */
async function examine(options: DoctorOptions, world: World): Promise<Report> {
  const timeoutMs = Math.max(1, Math.ceil(options.timeoutSeconds * 1000));
  const site = readSite(options, world);
  const before = await lookAtServers(site.servers, timeoutMs, world);
  const commands = site.core === undefined ? undefined : readCommands(site.core, world.machine);
  const answering = before.filter(({ failure }) => failure === undefined);
  const jobs: TestJobs = options.withoutTestJobs
    ? { checks: [], plugins: [], why: "--no-test-jobs" }
    : await sendTestJobs(
        {
          site,
          looks: answering,
          secret: secretOf(options, site),
          plugins: commands?.plugins ?? [],
          timeoutMs,
        },
        world,
      );
  const now = await lookAgain(site, before, timeoutMs, world);
  const bridge = await readBridgeChecks(site, timeoutMs, world);
  const notes = [
    await examineConfiguration(site, world),
    examineKey(site),
    examineForms(site),
    examineCore(site, world),
    examineNetwork(before),
    await examineVersion(site, before, world),
    examineLimits(site, before, world),
    examinePlugins(commands, jobs.plugins),
    examineSlowPlugins(bridge),
    examineQueues(site, [before, now]),
    examineSpool(site, world),
    examineClock(jobs.checks),
    examineCheck(jobs),
    examineHops(bridge, Number(world.nowMicros() / 1000n)),
  ];
  return joinReports(notes.map(({ report }) => report));
}

/** For test jobs: the key given, else what the module has, whose jobs the workers must be able to read. */
function secretOf({ key }: DoctorOptions, { module, worker }: Site): JobSecret {
  if (key !== undefined) return key;
  const options = module?.loaded?.options ?? worker?.loaded?.options;
  if (options?.encryption === false) return "clear";
  return options?.key ?? "unknown";
}

/** Only where a queue stands still: every other question is answered by one look. */
async function lookAgain(
  { servers }: Site,
  before: readonly ServerLook[],
  timeoutMs: number,
  world: World,
): Promise<readonly ServerLook[]> {
  if (!hasStalls(before)) return before;
  await pause(LOOK_AGAIN_MS, world);
  return lookAtServers(servers, timeoutMs, world);
}

function pause(ms: number, { clock }: World): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, ms));
}
