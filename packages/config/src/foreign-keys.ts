import { trimSpace } from "./latin1.ts";
import type { ForeignKey } from "./program.ts";
import { switchesForModule, switchesForWorker, valuesForModule, valuesForWorker } from "./tables/foreign.ts";

const silent = (names: string): ForeignKey => ({ names: names.split(" "), bare: false });
const silentSwitches = (names: string): ForeignKey => ({ names: names.split(" "), bare: true });
const noted = (names: string, bare: boolean, level: "info" | "debug", text: string): ForeignKey => ({
  names: names.split(" "),
  bare,
  note: { level, text },
});

function refuseReturnCode(text: string): string | undefined {
  return /^[0-3]$/.test(trimSpace(text)) ? undefined : "returncode must be 0, 1, 2 or 3";
}

/** Rows of the module that say more than the schemas of the other programs do. Source: neb-module.md 4.4. */
export const alsoInModuleFile: readonly ForeignKey[] = [
  { names: ["returncode", "return_code", "r"], bare: false, refuse: refuseReturnCode },
  noted(
    "sink-rate backgrounding-threshold load_cpu_multi mem_limit",
    false,
    "debug",
    "ignoring unsupported option '<key>'",
  ),
  // Keys of the Go worker only.
  silent("debug-profiler cpuprofile memprofile"),
  silentSwitches("worker_name_in_result"),
];

/** Rows of the worker of the same kind. Source: worker.md 1.3, last rows. */
export const alsoInWorkerFile: readonly ForeignKey[] = [
  noted("debug-profiler cpuprofile memprofile", true, "info", "option '<key>' has no effect"),
];

/** Keys of worker and senders in a file that the module reads. */
export const foreignToModule: readonly ForeignKey[] = [
  ...alsoInModuleFile,
  silent(valuesForModule),
  silentSwitches(switchesForModule),
];

/** Keys of module and senders in a file that the worker reads. */
export const foreignToWorker: readonly ForeignKey[] = [
  ...alsoInWorkerFile,
  silent(valuesForWorker),
  silentSwitches(switchesForWorker),
];
