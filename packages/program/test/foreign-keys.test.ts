import {
  canonicalKey,
  foreignToModule,
  foreignToWorker,
  moduleTable,
  type OptionTable,
  sendGearmanTable,
  workerTable,
} from "@mod-gearman/config";
import { describe, expect, test } from "vitest";
import { loadModule } from "../src/load-module.ts";
import { loadWorker } from "../src/load-worker.ts";
import { memoryFiles } from "./memory-files.ts";

const WORKER = ["--server=s", "--hosts", "--encryption=no", "--config=/w"];
const worker = (text: string) => loadWorker(WORKER, memoryFiles({ "/w": text }));
const module = (text: string) =>
  loadModule("server=s hosts encryption=no config=/m", "/", memoryFiles({ "/m": text })).warnings;

/** Switches of one program, which may have no value in a file that the other one reads. */
const moduleSwitches =
  "perfdata perfdata_send_all do_hostchecks route_eventhandler_like_checks use_uniq_jobs orphan_host_checks " +
  "orphan_service_checks accept_clear_results active next_check_line";
const workerSwitches =
  "daemon d fork_on_exec show_error_output dup_results_are_passive workaround_rc_25 enable_embedded_perl " +
  "use_embedded_perl_implicitly use_perl_cache active internal_negate internal_check_nsc_web";
/** Keys that need a value. */
const moduleValues =
  "perfdata_mode result_queue result_workers queue_custom_variable export orphan_return localhostgroups " +
  "localservicegroup latency_flatten_window log_stats_interval host_perfdata_template bridge_socket bridge_arg " +
  "checks_when_away timeout delimiter host service message returncode starttime finishtime latency retries retry_interval";
const workerValues =
  "pidfile identifier job_timeout timeout t min-worker max-worker spawn-rate idle-timeout max-jobs max-age load_limit1 " +
  "timeout_return message m delimiter host service latency starttime finishtime p1_file restrict_path returncode r";

describe("in the worker's file", () => {
  test.for(moduleSwitches.split(" "))("%s may stand alone", (key) =>
    expect(worker(key)).toMatchObject({ warnings: [] }),
  );
  test.for(moduleValues.split(" "))("%s takes a value and has to", (key) => {
    expect(worker(`${key}=1`)).toMatchObject({ warnings: [] });
    expect(() => worker(key)).toThrow(expect.objectContaining({ code: "BAD_LINE" }));
  });
  test.for(["debug-profiler", "cpuprofile", "memprofile"])("%s is mentioned", (key) =>
    expect(worker(`${key}=x`)).toMatchObject({
      warnings: [{ level: "info", text: `option '${key}' has no effect`, where: "/w:1" }],
    }),
  );
});

describe("in the module's file", () => {
  test.for(workerSwitches.split(" "))("%s may stand alone", (key) => expect(module(key)).toEqual([]));
  test.for(workerValues.split(" "))("%s takes a value; alone it is reported", (key) => {
    expect(module(`${key}=1`)).toEqual([]);
    expect(module(key)).toEqual([{ level: "warn", text: `unknown switch '${key}'`, where: "/m:1" }]);
  });
});

describe("every key of the programs that may share a file is an option or listed once", () => {
  const spellings = (table: OptionTable) =>
    Object.entries(table).flatMap(([option, { aliases = [] }]) => [option, ...aliases].map(canonicalKey));

  test.for([
    ["module", moduleTable, foreignToModule, [workerTable, sendGearmanTable]],
    ["worker", workerTable, foreignToWorker, [moduleTable, sendGearmanTable]],
  ] as const)("%s", ([, own, foreign, others]) => {
    const known = [...spellings(own), ...foreign.flatMap(({ names }) => names.map(canonicalKey))];
    expect(known.toSorted()).toEqual([...new Set(known)].toSorted());
    expect(others.flatMap(spellings).filter((key) => !known.includes(key))).toEqual([]);
  });
});
