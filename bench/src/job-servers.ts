import { join } from "node:path";

import { findProgram } from "../../e2e/src/capabilities.ts";
import { freePort, listening } from "../../e2e/src/processes.ts";
import { type Checkout, here } from "./checkouts.ts";
import { scratchFolder, startProgram } from "./own-processes.ts";
import type { Wire } from "./wire.ts";

/** Job servers used by the scripts. */
export type JobServerKind = "our job server" | "gearmand 1.1.20";

/** A job server process on a loopback port; errors are all it logs. */
export interface BenchServer {
  readonly port: number;
  readonly pid: number;
  /** Otherwise in clear, by the port. */
  readonly connect?: () => Promise<Wire>;
  stop(): Promise<void>;
}

/**
 * @param from the checkout of our server
 * @param more further options
 * @throws Error if the original gearmand is not installed, or ours not built
 */
export async function startJobServer(
  kind: JobServerKind,
  from: Checkout = here,
  more: readonly string[] = [],
): Promise<BenchServer> {
  const port = await freePort();
  const common = [
    `--port=${port}`,
    "--listen=127.0.0.1",
    "--log-file=stderr",
    "--verbose=ERROR",
    "--config-file=/dev/null",
    ...more,
  ];
  const args = [...common, `--pid-file=${join(scratchFolder(), "pid")}`];
  const running =
    kind === "gearmand 1.1.20" ? original(args) : startProgram(process.execPath, [from.gearmand, ...args]);
  await listening(port);
  return {
    port,
    pid: running.pid,
    stop: async () => {
      await running.stop();
    },
  };
}

function original(args: readonly string[]): ReturnType<typeof startProgram> {
  const path = findProgram("gearmand");
  if (path === undefined) throw new Error("gearmand is not installed (Debian: gearman-job-server)");
  return startProgram(path, process.getuid?.() === 0 ? [...args, "--user=root"] : args);
}
