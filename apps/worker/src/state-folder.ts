import { accessSync, constants, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { WorkerOptions } from "@mod-gearman/config";

export interface StateFolders {
  /** systemd's `STATE_DIRECTORY`: folders separated by colons. */
  readonly stateDirectory: string | undefined;
  isWritableFolder(path: string): boolean;
}

const SITE_FOLDER = "/var/lib/mod-gearman";

/**
 * Where this worker keeps files beyond its end: the first of these that can be written: `STATE_DIRECTORY`,
 * `/var/lib/mod-gearman`, the folder of the pid file.
 */
export function stateFolder({ pidfile }: WorkerOptions, folders: StateFolders): string | undefined {
  const [state = ""] = (folders.stateDirectory ?? "").split(":");
  const candidates = [state, SITE_FOLDER, pidfile === undefined ? "" : dirname(pidfile)];
  return candidates.find((folder) => folder.startsWith("/") && folders.isWritableFolder(folder));
}

/** The folder of the journal: beside `result_spool` if that is given and its parent can be written, else below the state folder. */
export function journalFolder(options: WorkerOptions, folders: StateFolders): string | undefined {
  const { resultSpool, identifier } = options;
  const beside = typeof resultSpool === "string" ? dirname(resultSpool) : undefined;
  const parent =
    beside?.startsWith("/") && folders.isWritableFolder(beside) ? beside : stateFolder(options, folders);
  return parent === undefined ? undefined : join(parent, ownName("jobs", identifier));
}

/** Name of a folder of one worker of this machine; what does not fit into a file name becomes `_`. */
export function ownName(kind: string, identifier: Buffer): string {
  return `${kind}-${identifier.toString("latin1").replace(/[^\w.-]/g, "_")}`;
}

export function isWritableFolder(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
