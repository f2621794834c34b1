import { omitUndefined } from "@mod-gearman/base";
import type { WorkerOptions } from "@mod-gearman/config";
import { type Epn, PerlFiles } from "@mod-gearman/epn-client";
import { testCommandLine } from "@mod-gearman/program";
import { createCheckRunner, runTestCommand } from "@mod-gearman/runner";
import type { EmbeddedPerl } from "./embedded-perl.ts";
import { type SettingsWorld, toSettings } from "./settings.ts";
import type { World } from "./world.ts";

type TestCommandWorld = SettingsWorld & Pick<World, "runner" | "createEpn" | "version" | "streams">;

const USAGE_EXIT = 3;
const TESTCMD_USAGE = "usage: mod_gearman_worker [--job_timeout=seconds] testcmd <cmd> <args>";

/**
 * `testcmd`: runs one command with these options, Perl plugins in the embedded interpreter.
 *
 * @returns the exit code, 0–3
 * @throws RunAsError
 * Source: worker.md 1.1.
 */
export async function testCommand(
  words: readonly string[],
  options: WorkerOptions,
  world: TestCommandWorld,
): Promise<number> {
  const write = (chunk: string | Buffer) => void world.streams.stdout.write(chunk);
  if (words.length === 0) {
    write(`${TESTCMD_USAGE}\n`);
    return USAGE_EXIT;
  }
  const settings = toSettings({ ...options, encryption: false }, world);
  const { limits, restrictTo, builtin, judge, embeddedPerl } = settings;
  const { runner, version } = world;
  const epn = embeddedPerl.server && world.createEpn(embeddedPerl.server);
  const checks = createCheckRunner({
    ...{ runner, builtin, judge, version },
    ...omitUndefined({ embeddedPerl: epn && startedWhenNeeded(epn, embeddedPerl) }),
  });
  const request = {
    commandLine: testCommandLine(words),
    timeoutMs: options.jobTimeoutSeconds * 1000,
    limits,
    restrictTo,
  };
  const returnCode = await runTestCommand(checks, request, write);
  await epn?.close();
  return returnCode;
}

/** Most commands are not Perl: the server is started for the first Perl plugin. */
function startedWhenNeeded(epn: Epn, { implicit }: EmbeddedPerl) {
  const run: Epn["run"] = (order, done) => {
    void epn.start().then((isReady) => {
      const refused = isReady ? epn.run(order, done) : { unavailable: "no server" };
      if (refused !== undefined) done(refused);
    });
    return undefined;
  };
  return { epn: { run }, files: new PerlFiles(), implicit };
}
