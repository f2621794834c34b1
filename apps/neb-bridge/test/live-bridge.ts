import { systemClock } from "@mod-gearman/base";
import { nodeFiles } from "@mod-gearman/config";
import { createEnvelope } from "@mod-gearman/crypto";
import { nullSink } from "@mod-gearman/observe";
import { printWorkerResult } from "@mod-gearman/payload";
import { loadModule } from "@mod-gearman/program";
import { duplexPair, waitFor } from "@mod-gearman/testkit";
import { onTestFinished } from "vitest";

import { Bridge } from "../src/bridge.ts";
import { BridgeMetrics } from "../src/bridge-metrics.ts";
import { FakeShim } from "./fake-shim.ts";

const KEY = "bridge-test-key-bridge-test-key!";
const envelope = createEnvelope({ mode: "on", password: Buffer.from(KEY) });

/** A bridge that serves a core, and the address of its metrics. */
export interface LiveBridge {
  readonly bridge: Bridge;
  readonly shim: FakeShim;
  metricsPort(): Promise<number>;
}

/** A bridge between a job server and a core simulated by the test. @param more further arguments of the module line */
export async function liveBridge(port: number, more = ""): Promise<LiveBridge> {
  const serving = Promise.withResolvers<number>();
  const world = {
    clock: systemClock,
    nowMicros: () => BigInt(Date.now()) * 1000n,
    ownLog: nullSink,
    outputLog: nullSink,
    version: "1.2.3",
    pid: process.pid,
    hostName: "monhost",
    isAlive: () => true,
    serveMetrics: async (address: string, figures: ConstructorParameters<typeof BridgeMetrics>[0]) => {
      const endpoint = await new BridgeMetrics(figures).serve(address);
      serving.resolve(endpoint.port);
      return endpoint;
    },
  };
  const load = (args: string) => loadModule(args, "/", nodeFiles);
  const bridge = new Bridge(world, { load, onCoreShutdown: () => undefined, onUpgrade: () => false });
  onTestFinished(() => bridge.close());
  const [ours, theirs] = duplexPair();
  bridge.accept(ours);
  const shim = new FakeShim(theirs);
  shim.hello({ module_args: Buffer.from(`server=127.0.0.1:${port} key=${KEY}${more}`) });
  await waitFor("STATE ready", () => shim.last("STATE")?.ready === 1 && shim.last("SETTINGS") !== undefined);
  return { bridge, shim, metricsPort: () => serving.promise };
}

/** A check of `web01`, service `svc-<seq>`. */
export const checkEvent = (seq: bigint) =>
  ({
    name: "SERVICE_CHECK",
    seq,
    host_name: Buffer.from("web01"),
    service_description: Buffer.from(`svc-${seq}`),
    queue: Buffer.from("service"),
    command_line: Buffer.from("/bin/true"),
    core_time: BigInt(Date.now()) * 1000n,
    timeout: 10,
    check_options: 0,
  }) as const;

/** The sealed result of a worker for a service of `web01`. @param coreStartTime planned time of its check */
export const resultOf = (service: string, coreStartTime?: bigint): Buffer =>
  envelope.seal(
    printWorkerResult({
      type: "active",
      hostName: Buffer.from("web01"),
      serviceDescription: Buffer.from(service),
      ...(coreStartTime === undefined ? {} : { coreStartTime }),
      startTime: BigInt(Date.now()) * 1000n,
      finishTime: BigInt(Date.now()) * 1000n,
      returnCode: 1,
      source: Buffer.from("Mod-Gearman Worker @ w1"),
      output: Buffer.from("from the worker"),
    }),
  );
