import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFiles } from "@mod-gearman/config";
import { printMasterFile } from "@mod-gearman/crypto";
import { ManualClock, type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { run } from "../src/run.ts";
import type { World } from "../src/world.ts";

export const NOW_MS = 1_795_246_679_000;
export const master = { secret: Buffer.alloc(32, 1), epochs: [1] };

/** The core's machine, in a folder. */
export interface TestSite {
  readonly folder: string;
  readonly masterPath: string;
  readonly listPath: string;
  readonly tickets: string;
  readonly at: { nowMs: number };
  readonly clock: ManualClock;
  /** What the line of long work has said; undefined for its end. */
  readonly said: (string | undefined)[];
  /** @returns exit code, and what was printed */
  enroll(...argv: string[]): Promise<{ code: number; out: string; err: string }>;
}

/** @param more lines of the module */
export function newSite(context: TestContext, more: readonly string[] = [], list = ""): TestSite {
  const folder = tmpFolder(context);
  const paths = ["master.key", "identities", "enroll", "module.conf"].map((name) => join(folder, name));
  const [masterPath, listPath, tickets, config] = paths as [string, string, string, string];
  writeFileSync(masterPath, printMasterFile(master), { mode: 0o600 });
  writeFileSync(listPath, list);
  chmodSync(listPath, 0o644);
  mkdirSync(tickets);
  const lines = [
    ...["server=gearman.example.org", "encryption=no", "envelope=v2", `envelope_master_file=${masterPath}`],
    ...[`envelope_identities_file=${listPath}`, `enroll_dir=${tickets}`, ...more],
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  const clock = new ManualClock();
  const at = { nowMs: NOW_MS };
  let draws = 0;
  const said: (string | undefined)[] = [];
  return {
    ...{ folder, masterPath, listPath, tickets, at, clock, said },
    enroll: async (...argv) => {
      const printed = { out: "", err: "" };
      const world: World = {
        argv: argv[0] === "redeem" || argv[0] === "init" ? argv : [...argv, `--config=${config}`],
        files: nodeFiles,
        version: "1.2.3",
        runtime: "node v24",
        hostName: "web-1",
        workingFolder: folder,
        userId: 1000,
        clock,
        nowMs: () => at.nowMs,
        random: (bytes) => Buffer.alloc(bytes, 7 + draws++),
        readInput: async () => "",
        userNamed: () => undefined,
        progress: () => ({ say: (text) => said.push(text(0)), clear: () => said.push(undefined) }),
        print: (line) => {
          printed.out += `${line}\n`;
        },
        printError: (line) => {
          printed.err += `${line}\n`;
        },
      };
      return { code: await run(world), ...printed };
    },
  };
}
