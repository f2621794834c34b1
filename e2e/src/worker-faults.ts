import { chmodSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

import { command } from "./command.ts";
import { programs } from "./paths.ts";
import { type Running, start } from "./processes.ts";

/** A folder readable by all, until the end of the test. */
export function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "e2e-worker-"));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Compiles a C file of this folder. @returns the program, in `folder` */
export async function compile(source: string, folder: string): Promise<string> {
  const program = join(folder, source.replace(/\.c$/, ""));
  const flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", program];
  await command(process.env.CC ?? "cc", [...flags, join(import.meta.dirname, source)]);
  return program;
}

/** The built worker without its native spawner. @returns its main file, in `folder` */
export function workerWithoutAddon(folder: string): string {
  const copy = join(folder, "worker");
  const from = dirname(programs.worker);
  cpSync(from, copy, { recursive: true, filter: (path) => !path.endsWith("/prebuilds") });
  return join(copy, "main.js");
}

/** Options of a worker with a fault. */
export interface FaultyWorker {
  /** In front of `node`: programs that set up the fault and execute the rest. */
  readonly under: readonly string[];
  /** Default: the built worker. */
  readonly main?: string;
  readonly port: number;
  readonly env?: Record<string, string>;
}

/** Starts a worker for service checks without encryption; it is killed at the end of the test. */
export function startFaultyWorker({ under, main = programs.worker, port, env = {} }: FaultyWorker): Running {
  const [file = "", ...args] = [
    ...under,
    process.execPath,
    main,
    `--server=127.0.0.1:${port}`,
    ...["--encryption=no", "--services=yes", "--identifier=e2e-worker", "--min-worker=4", "--max-worker=4"],
    ...["--load_cpu_multi=0", "--mem_limit=0"],
  ];
  // without the folders in which package managers let programs find packages
  const worker = start(file, args, { NODE_PATH: "", ...env });
  onTestFinished(() => worker.kill());
  return worker;
}
