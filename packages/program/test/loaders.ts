import { ConfigError, type LoadDeps, type Loaded, type Warning } from "@mod-gearman/config";
import { loadCheckGearman } from "../src/load-check-gearman.ts";
import { loadDoctor } from "../src/load-doctor.ts";
import { loadEnroll } from "../src/load-enroll.ts";
import { loadGearmand } from "../src/load-gearmand.ts";
import { loadModule } from "../src/load-module.ts";
import { loadQueue } from "../src/load-queue.ts";
import { loadRun } from "../src/load-run.ts";
import { loadSender } from "../src/load-sender.ts";
import { loadTop } from "../src/load-top.ts";
import { loadTrace } from "../src/load-trace.ts";
import { loadWorker } from "../src/load-worker.ts";
import { memoryFiles } from "./memory-files.ts";

type Load = (argv: readonly string[], deps: LoadDeps) => object;

/** Every program by name, with arguments that make its settings complete. `module` is a bridge with a configuration. */
const PROGRAMS: Record<string, { readonly load: Load; readonly needed: readonly string[] }> = {
  module: {
    load: (argv, deps) => loadModule("", "/", deps, argv),
    needed: ["--server=s", "--hosts", "--encryption=no"],
  },
  worker: { load: loadWorker, needed: ["--server=s", "--services", "--encryption=no"] },
  send_gearman: { load: (argv, deps) => loadSender("send_gearman", argv, deps), needed: ["--server=s"] },
  send_multi: { load: (argv, deps) => loadSender("send_multi", argv, deps), needed: ["--host=h"] },
  check_gearman: { load: loadCheckGearman, needed: ["--host=s"] },
  gearman_top: { load: loadTop, needed: [] },
  mod_gearman_doctor: { load: loadDoctor, needed: [] },
  mod_gearman_trace: { load: loadTrace, needed: ["--host=h"] },
  mod_gearman_queue: { load: loadQueue, needed: [] },
  mod_gearman_run: { load: loadRun, needed: ["--command=c"] },
  mod_gearman_enroll: { load: loadEnroll, needed: ["list"] },
  gearmand: { load: loadGearmand, needed: [] },
};

/** Settings of a program that is given what it needs and `argv`. @throws ConfigError */
export function loadAs(
  program: string,
  argv: readonly string[],
  files: Record<string, string | Buffer> = {},
  more: Partial<LoadDeps> = {},
): Loaded<unknown> {
  const { load, needed } = PROGRAMS[program] ?? { load: () => ({}), needed: [] };
  const request = load([...needed, ...argv], memoryFiles(files, more));
  if (!("options" in request)) throw new Error(`${program}: no options`);
  return request as Loaded<unknown>; // every request with options is one
}

/** Its warnings, also when it failed. */
export function warningsOf(
  program: string,
  argv: readonly string[],
  files: Record<string, string | Buffer> = {},
): readonly Warning[] {
  try {
    return loadAs(program, argv, files).warnings;
  } catch (error) {
    if (error instanceof ConfigError) return error.warnings;
    throw error;
  }
}
