import { printWorkerResult } from "@mod-gearman/payload";

import { type AdminSource, serveAdminPages } from "../src/admin-pages.ts";
import type { Bridge } from "../src/bridge.ts";
import { BridgeMetrics } from "../src/bridge-metrics.ts";
import { check, connect, envelope, KEY, newBridge, ready } from "./bridge-setup.ts";
import type { FakeShim } from "./fake-shim.ts";

/** A bridge that serves a core, and the address of its metrics. */
export interface LiveBridge {
  readonly bridge: Bridge;
  readonly shim: FakeShim;
  metricsPort(): Promise<number>;
  /** Of `admin_listen`. */
  adminPort(): Promise<number>;
}

/** A bridge between a job server and a core simulated by the test. @param more further arguments of the module line */
export async function liveBridge(port: number, more = ""): Promise<LiveBridge> {
  const serving = Promise.withResolvers<number>();
  const adminServing = Promise.withResolvers<number>();
  const bridge = newBridge(
    {},
    {
      version: "1.2.3",
      isAlive: () => true,
      serveMetrics: async (address: string, figures: ConstructorParameters<typeof BridgeMetrics>[0]) => {
        const endpoint = await new BridgeMetrics(figures).serve(address);
        serving.resolve(endpoint.port);
        return endpoint;
      },
      serveAdmin: async (address: string, source: AdminSource) => {
        const endpoint = await serveAdminPages(address, source, new BridgeMetrics(source.figures).print);
        adminServing.resolve(endpoint.port);
        return endpoint;
      },
    },
  );
  const shim = connect(bridge);
  shim.hello({ module_args: Buffer.from(`server=127.0.0.1:${port} key=${KEY}${more}`) });
  await ready(shim);
  return { bridge, shim, metricsPort: () => serving.promise, adminPort: () => adminServing.promise };
}

/** A check of `web01`, service `svc-<seq>`. */
export const checkEvent = (seq: bigint) => ({ ...check(seq), core_time: BigInt(Date.now()) * 1000n });

/**
 * The sealed result of a worker for a service of `web01`.
 *
 * @param coreStartTime planned time of its check
 * @param aheadMs of the worker's clock
 */
export const resultOf = (service: string, coreStartTime?: bigint, aheadMs = 0): Buffer =>
  envelope.seal(
    printWorkerResult({
      type: "active",
      hostName: Buffer.from("web01"),
      serviceDescription: Buffer.from(service),
      ...(coreStartTime === undefined ? {} : { coreStartTime }),
      startTime: BigInt(Date.now() + aheadMs) * 1000n,
      finishTime: BigInt(Date.now() + aheadMs) * 1000n,
      returnCode: 1,
      source: Buffer.from("Mod-Gearman Worker @ w1"),
      output: Buffer.from("from the worker"),
    }),
  );
