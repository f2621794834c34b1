import type { LoadDeps, Warning } from "@mod-gearman/config";
import { describe, expect, test } from "vitest";
import { manuals } from "../../config/scripts/manuals/all.ts";
import { loadBridge } from "../src/load-bridge.ts";
import { loadCheckGearman } from "../src/load-check-gearman.ts";
import { loadDoctor } from "../src/load-doctor.ts";
import { loadEnroll } from "../src/load-enroll.ts";
import { loadGearmand } from "../src/load-gearmand.ts";
import { loadQueue } from "../src/load-queue.ts";
import { loadRun } from "../src/load-run.ts";
import { loadSender } from "../src/load-sender.ts";
import { loadTop } from "../src/load-top.ts";
import { loadTrace } from "../src/load-trace.ts";
import { loadWorker } from "../src/load-worker.ts";
import { memoryFiles } from "./memory-files.ts";

const LOADERS: Record<string, (argv: string[], deps: LoadDeps) => object> = {
  gearmand: loadGearmand,
  mod_gearman_worker: loadWorker,
  mod_gearman_bridge: loadBridge,
  send_gearman: (argv, deps) => loadSender("send_gearman", argv, deps),
  send_multi: (argv, deps) => loadSender("send_multi", argv, deps),
  check_gearman: loadCheckGearman,
  gearman_top: loadTop,
  mod_gearman_doctor: loadDoctor,
  mod_gearman_trace: loadTrace,
  mod_gearman_queue: loadQueue,
  mod_gearman_run: loadRun,
  mod_gearman_enroll: loadEnroll,
};

/** The words after the program's name, up to the end of its command. */
function argumentsOf(command: string, program: string): string[] {
  const own = command.slice(command.indexOf(program) + program.length).split(/ [|<] /)[0] ?? "";
  return (own.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ""));
}

describe("the examples in the documentation are valid", () => {
  const examples = manuals.flatMap(({ name, examples }) =>
    examples.map(([, command]) => [name, command] as const),
  );
  const files = {
    "/etc/mod_gearman/secret.key": "a password of some length\n",
    "/etc/mod_gearman/worker.conf": "server=s\nhosts=yes\nencryption=no\n",
    "/etc/mod_gearman/module.conf": "server=s\nencryption=no\n",
  };
  test.for(examples)("%s: %s", ([name, command]) => {
    const argv = argumentsOf(command, name);
    const extra = name === "mod_gearman_worker" && argv[0]?.startsWith("--server") ? ["--hosts"] : [];
    const request = LOADERS[name]?.([...extra, ...argv], memoryFiles(files)) as { warnings: Warning[] };
    expect(request.warnings).toEqual([]);
  });
});
