import { join } from "node:path";
import type { Logger } from "@mod-gearman/base";
import type { WorkerOptions } from "@mod-gearman/config";
import { openSpool } from "@mod-gearman/spool";
import type { ResultSpool } from "./spooled-results.ts";
import { isWritableFolder, ownName, type StateFolders, stateFolder } from "./state-folder.ts";

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

/**
 * `result_spool`, or a folder of this worker below its state folder.
 */
export function spoolPlace(options: WorkerOptions, folders: StateFolders): SpoolPlace | undefined {
  const { resultSpool, resultSpoolBytes: maxBytes, identifier } = options;
  if (resultSpool === false) return undefined;
  if (resultSpool !== undefined) return { folder: resultSpool, maxBytes };
  const state = stateFolder(options, folders);
  return state === undefined ? undefined : { folder: join(state, ownName("spool", identifier)), maxBytes };
}

/** The spools of the file system. */
export function spoolOpener(logger: Logger, stateDirectory: string | undefined): SpoolOpener {
  return {
    place: (options) => spoolPlace(options, { stateDirectory, isWritableFolder }),
    open: (place) => openSpool({ ...place, logger }),
  };
}
