import { MAX_TIMER_MS, printAddress } from "@mod-gearman/base";
import type { CheckGearmanOptions } from "@mod-gearman/config";
import type { SelfTestDeps } from "./self-test.ts";
import type { AskDeps } from "./server-answer.ts";
import { checkServers, type PluginResult } from "./server-check.ts";
import { combine, EXIT_CODES, printLine } from "./verdict.ts";

/** The world of the plugin. */
export interface RunDeps extends AskDeps, Pick<SelfTestDeps, "nowMicros" | "random"> {
  /** Name of this machine, part of the result queue of a self test. */
  readonly hostName: string;
  /** Prints the whole answer, latin1; called once. */
  stdout(text: string): void;
  stderr(text: string): void;
}

const MAX_HOST_CHARACTERS = 64;

/**
 * Runs the check that the options select and prints one plugin answer.
 *
 * @returns exit code 0–3
 */
export async function run(options: CheckGearmanOptions, deps: RunDeps): Promise<number> {
  const timeoutMs = options.timeoutSeconds === 0 ? MAX_TIMER_MS : Math.ceil(options.timeoutSeconds * 1000);
  const { exitCode, stdout } = await check(options, timeoutMs, deps);
  deps.stdout(stdout);
  return exitCode;
}

/** Each kind of check is loaded on demand: the plugin runs often and briefly. */
async function check(options: CheckGearmanOptions, timeoutMs: number, deps: RunDeps): Promise<PluginResult> {
  const note = (line: string) => {
    if (options.verbose > 0) deps.stderr(`${line}\n`);
  };
  const { send, queue } = options;
  if (options.selfTest) return testServers(options, timeoutMs, { ...deps, note });
  if (send !== undefined && queue !== undefined) {
    const { checkWorker } = await import("./worker-check.ts");
    return checkWorker({ ...options, send, queue }, timeoutMs, { ...deps, note });
  }
  const nowSeconds = () => Number(deps.nowMicros() / 1_000_000n);
  return checkServers(options, timeoutMs, { ...deps, note, nowSeconds });
}

/** Tests all servers at the same time, each with the whole timeout. */
async function testServers(
  options: CheckGearmanOptions,
  timeoutMs: number,
  deps: RunDeps & { note(line: string): void },
): Promise<PluginResult> {
  const { selfTest } = await import("./self-test.ts");
  const { servers, encryption, key } = options;
  const queue = options.selfTestQueue ?? Buffer.from("service");
  const resultQueue = options.resultQueue ?? ownResultQueue(deps);
  const verdicts = await Promise.all(
    servers.map(async (server) => {
      const sealing = { encryption, ...(key === undefined ? {} : { key }) };
      const label = servers.length === 1 ? "" : `${printAddress(server)}/`;
      const test = {
        server,
        queue,
        resultQueue,
        dropResultQueue: options.resultQueue === undefined,
        label,
        timeoutMs,
        ...sealing,
      };
      return { server, ...(await selfTest(test, deps)) };
    }),
  );
  const verdict = combine(verdicts);
  return { exitCode: EXIT_CODES[verdict.state], stdout: printLine(verdict) };
}

/**
 * One of 4096 queues of this machine: concurrent self tests do not receive each other's results, and killed ones leave a
 * bounded number of names on the server.
 */
function ownResultQueue({ hostName, random }: RunDeps): Buffer {
  const host = hostName.replace(/[^\w.-]/g, "_").slice(0, MAX_HOST_CHARACTERS);
  return Buffer.from(`check_gearman_self_test_${host}_${random().slice(0, 3)}`, "latin1");
}
