import { MAX_TIMER_MS } from "@mod-gearman/base";
import type { CheckGearmanOptions } from "@mod-gearman/config";
import { checkServers, type PluginResult } from "./server-check.ts";
import { addressText, combine, EXIT_CODES, printLine } from "./verdict.ts";
import type { CheckWorld, World } from "./world.ts";

const OWN_QUEUE = "check_gearman_self_test";

/**
 * Runs the check that the options select and prints one plugin answer.
 *
 * @returns exit code 0–3
 */
export async function run(
  options: CheckGearmanOptions,
  world: Omit<World, "argv" | "files" | "version" | "runtime">,
): Promise<number> {
  const timeoutMs = options.timeoutSeconds === 0 ? MAX_TIMER_MS : Math.ceil(options.timeoutSeconds * 1000);
  const note = (line: string) => {
    if (options.verbose > 0) world.stderr(`${line}\n`);
  };
  const { exitCode, stdout } = await check(options, timeoutMs, { ...world, note });
  world.stdout(stdout);
  return exitCode;
}

/** Each kind of check is loaded on demand: the plugin runs often and briefly. */
async function check(
  options: CheckGearmanOptions,
  timeoutMs: number,
  world: CheckWorld,
): Promise<PluginResult> {
  const { send, queue } = options;
  if (options.selfTest) return testServers(options, timeoutMs, world);
  if (send !== undefined && queue !== undefined) {
    const { checkWorker } = await import("./worker-check.ts");
    return checkWorker({ ...options, send, queue }, timeoutMs, world);
  }
  return checkServers(options, timeoutMs, world);
}

/** Tests all servers at the same time, each with the whole timeout. */
async function testServers(
  options: CheckGearmanOptions,
  timeoutMs: number,
  world: CheckWorld,
): Promise<PluginResult> {
  const { ownQueue, selfTest } = await import("./self-test.ts");
  const { servers, encryption, key, masterFile, identities } = options;
  const files = masterFile === undefined ? undefined : { masterFile, identities };
  const queue = options.selfTestQueue ?? Buffer.from("service");
  const resultQueue = options.resultQueue ?? ownQueue(OWN_QUEUE, world.hostName, world.random());
  const verdicts = await Promise.all(
    servers.map(async (server) => {
      const label = servers.length === 1 ? "" : `${addressText(server)}/`;
      const test = {
        server,
        queue,
        resultQueue,
        dropResultQueue: options.resultQueue === undefined,
        label,
        timeoutMs,
        encryption,
        key,
        files,
      };
      return { server, ...(await selfTest(test, world)) };
    }),
  );
  const verdict = combine(verdicts);
  return { exitCode: EXIT_CODES[verdict.state], stdout: printLine(verdict) };
}
