import { printable } from "@mod-gearman/base";
import { ConfigError, checkConfigReport, type LoadDeps, type Loaded } from "@mod-gearman/config";
import fc from "fast-check";
import { expect, test } from "vitest";
import { manuals } from "../../config/scripts/manuals/all.ts";
import { allOptions } from "../../config/scripts/manuals/manual.ts";
import { loadBridge } from "../src/load-bridge.ts";
import { loadCheckGearman } from "../src/load-check-gearman.ts";
import { loadGearmand } from "../src/load-gearmand.ts";
import { loadModule } from "../src/load-module.ts";
import { loadQueue } from "../src/load-queue.ts";
import { loadRun } from "../src/load-run.ts";
import { loadSender } from "../src/load-sender.ts";
import { loadTop } from "../src/load-top.ts";
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
  mod_gearman_queue: loadQueue,
  mod_gearman_run: loadRun,
  "the module line": (argv, deps) => loadModule(argv.join(" "), "/", deps),
};

const SECRET = "hunter2hunter2";

/** Arguments with typical mistakes: existing names, unusual values, stray pieces. */
function wordsOf(program: string): fc.Arbitrary<string> {
  const manual = manuals.find((one) => one.name === program) ?? manuals[2];
  const names =
    manual === undefined
      ? []
      : allOptions(manual).flatMap(({ option, meta }) => [
          `--${option}`,
          ...meta.aliases.map((alias) => `--${alias}`),
          ...[...(meta.short ?? "")].map((letter) => `-${letter}`),
        ]);
  const value = fc.oneof(
    fc.constantFrom(
      "",
      "yes",
      "no",
      "-1",
      "0",
      "7",
      "1e9",
      "99999999999999999999",
      "a:b:c",
      "[::1]:4730",
      "/c",
      "off",
    ),
    fc.string({ unit: "binary", maxLength: 12 }),
  );
  const name = fc.constantFrom(...names);
  return fc.oneof(
    { weight: 4, arbitrary: fc.tuple(name, value).map(([option, text]) => `${option}=${text}`) },
    { weight: 2, arbitrary: name },
    { weight: 2, arbitrary: value },
    {
      weight: 1,
      arbitrary: fc.constantFrom("--", "-", "=", "--=x", "testcmd", "--check-config", "--nonsense=1"),
    },
    { weight: 1, arbitrary: fc.constantFrom(`--key=${SECRET}`, `--password=${SECRET}`, `key=${SECRET}`) },
  );
}

function reported(outcome: object): string[] {
  if (outcome instanceof ConfigError) {
    return [outcome.message, outcome.where, ...outcome.warnings.flatMap((one) => [one.text, one.where])];
  }
  const loaded = outcome as Partial<Loaded<unknown>>;
  if (loaded.effective === undefined || loaded.warnings === undefined) return [];
  const report = checkConfigReport({ effective: loaded.effective, warnings: loaded.warnings });
  return [...report.split("\n"), ...loaded.warnings.map((one) => one.text)];
}

test.for(Object.keys(LOADERS))("%s: any arguments give settings, or an error of one line", (program) => {
  const files = { "/c": "server=s\nnonsense\nkey=hunter2hunter2\n# x\n--port=1\nconfig=/c2\n" };
  const load = LOADERS[program];
  if (load === undefined) throw new Error("no loader");
  fc.assert(
    fc.property(fc.array(wordsOf(program), { maxLength: 6 }), (argv) => {
      let outcome: object;
      try {
        outcome = load(argv, memoryFiles(files));
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        outcome = error as ConfigError;
        const { exitCode, message } = outcome as ConfigError;
        expect([1, 2, 3]).toContain(exitCode);
        expect(message).not.toBe("");
        expect(message.length).toBeLessThan(400);
      }
      for (const line of reported(outcome)) {
        expect(line).toBe(printable(line));
        expect(line).not.toContain(SECRET);
      }
    }),
    { numRuns: 400 },
  );
});
