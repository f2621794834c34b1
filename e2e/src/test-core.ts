import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import { linkPrograms } from "./links.ts";
import { programs } from "./paths.ts";
import { type Running, start } from "./processes.ts";
import type { StatusData } from "./status-file.ts";

/** A running test core with its own folder, two hosts and three services each, checked every 2 s. */
export interface Scene {
  readonly folder: string;
  readonly statusFile: string;
  readonly core: Running;
}

/**
 * The test core has Naemon's module interface and needs no container, so the Naemon side of the shim is
 * tested on every machine. Core and folder are removed at the end of the test.
 *
 * @param args of the module, called once the folder exists
 * @param extra arguments of the test core
 */
export function startTestCore(
  command: string,
  args: (folder: string) => string,
  conf: string,
  extra: readonly string[] = [],
): Scene {
  const folder = mkdtempSync(join(tmpdir(), "e2e-testcore-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "module.conf"), conf);
  const statusFile = join(folder, "status.dat");
  const core = start(
    programs.testcore,
    [
      `--module=${programs.shim}`,
      `--args=${args(folder)}`,
      "--hosts=2",
      "--services=3",
      "--interval=2",
      `--command=${command}`,
      `--status-file=${statusFile}`,
      `--log=${join(folder, "core.log")}`,
      "--events-json",
      ...extra,
    ],
    { TMPDIR: folder },
  );
  onTestFinished(async () => {
    await core.stop();
  });
  return { folder, statusFile, core };
}

/** Arguments of a module that starts its own bridge. */
export const ownBridge = (folder: string): string =>
  `${linkPrograms(folder).bridgeArgs} config=${folder}/module.conf`;

/** True if the test holds for output and time of the last check of every service. */
export const all = (s: StatusData, test: (output: string, lastCheck: number) => boolean): boolean =>
  s.services.size === 6 &&
  [...s.services.values()].every((block) =>
    test(block.get("plugin_output") ?? "", Number(block.get("last_check"))),
  );
