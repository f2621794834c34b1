import { memoryLogger } from "@mod-gearman/observe";
import { loadWorker } from "@mod-gearman/program";
import { expect, test } from "vitest";
import { logWarnings, startWarnings } from "../src/config-warnings.ts";

const FILES = {
  readFile: () => Buffer.alloc(0),
  readDir: () => [],
  isDirectory: () => false,
};
const SCRIPTS = { bundled: () => "/bundled.pl", isOurs: () => true };
const LIMITS = "Max open files            1024                 4096                 files\n";

test("limits that the machine cannot meet are warnings of the configuration, like those of its files", () => {
  const loaded = loadWorker(
    ["--server=s", "--services", "--encryption=no", "--max-worker=500", "--hostgroups={{ x }}"],
    FILES,
  );
  if (!("options" in loaded)) throw new Error("no options");
  const machine = { cpus: 1, readProc: () => LIMITS };
  const logger = memoryLogger();
  logWarnings(startWarnings(loaded, { perlScripts: SCRIPTS, machine }), logger);
  expect(logger.lines).toEqual([
    "warn: hostgroups: '{{ x }}' looks like a template that was not filled in (command line)",
    "warn: current max worker setting (500) requires open files ulimit of at least 3060, current value is 1024.",
    "warn: Setting max worker limit to 160",
  ]);
});
