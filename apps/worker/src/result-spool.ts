import { accessSync, constants, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { WorkerOptions } from "@mod-gearman/config";
import type { Logger } from "@mod-gearman/observe";
import { openSpool } from "@mod-gearman/spool";
import type { ResultSpool } from "./spooled-results.ts";

/** A spool as options ask for it. */
export interface SpoolPlace {
  readonly folder: string;
  readonly maxBytes: number;
}

/** Finds and opens the result spool. */
export interface SpoolOpener {
  /** Where results shall be kept; undefined: nowhere. */
  place(options: WorkerOptions): SpoolPlace | undefined;
  /** @throws Error with the reason why it cannot be used now */
  open(place: SpoolPlace): ResultSpool;
}

/** What the choice of a folder depends on. */
export interface SpoolWorld {
  /** systemd's `STATE_DIRECTORY`: folders separated by colons. */
  readonly stateDirectory: string | undefined;
  isWritableFolder(path: string): boolean;
}

const SITE_FOLDER = "/var/lib/mod-gearman";

/**
 * `result_spool`, or a folder of this worker below the first of these that can be written: `STATE_DIRECTORY`,
 * `/var/lib/mod-gearman`, the folder of the pid file.
 */
export function spoolPlace(options: WorkerOptions, world: SpoolWorld): SpoolPlace | undefined {
  const { resultSpool, resultSpoolBytes: maxBytes, pidfile, identifier } = options;
  if (resultSpool === false) return undefined;
  if (resultSpool !== undefined) return { folder: resultSpool, maxBytes };
  const [state = ""] = (world.stateDirectory ?? "").split(":");
  const name = `spool-${identifier.toString("latin1").replace(/[^\w.-]/g, "_")}`;
  const candidates = [state, SITE_FOLDER, pidfile === undefined ? "" : dirname(pidfile)];
  const found = candidates.find((folder) => folder.startsWith("/") && world.isWritableFolder(folder));
  return found === undefined ? undefined : { folder: join(found, name), maxBytes };
}

/** The spools of the file system. */
export function spoolOpener(logger: Logger, stateDirectory: string | undefined): SpoolOpener {
  return {
    place: (options) => spoolPlace(options, { stateDirectory, isWritableFolder }),
    open: (place) => openSpool({ ...place, logger }),
  };
}

function isWritableFolder(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
