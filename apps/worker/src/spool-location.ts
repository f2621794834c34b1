import { join } from "node:path";
import type { Logger } from "@mod-gearman/base";
import type { WorkerOptions } from "@mod-gearman/config";
import type { RecordStore, SpoolLocation } from "@mod-gearman/delivery";
import { openSpool } from "@mod-gearman/spool";
import { isWritableFolder, ownName, type StateFolders, stateFolder } from "./state-folder.ts";

export interface ResultSpools {
  /** @returns undefined if results are kept in memory only */
  locate(options: WorkerOptions): SpoolLocation | undefined;
  /** @throws Error with the reason why it cannot be used now */
  open(location: SpoolLocation): RecordStore;
}

/** `result_spool`, or a folder of this worker below its state folder. */
export function spoolLocation(options: WorkerOptions, folders: StateFolders): SpoolLocation | undefined {
  const { resultSpool, resultSpoolBytes: maxBytes, identifier } = options;
  if (resultSpool === false) return undefined;
  if (resultSpool !== undefined) return { folder: resultSpool, maxBytes };
  const state = stateFolder(options, folders);
  return state === undefined ? undefined : { folder: join(state, ownName("spool", identifier)), maxBytes };
}

/** @param stateDirectory the state directories that systemd passes, separated by colons */
export function resultSpools(logger: Logger, stateDirectory: string | undefined): ResultSpools {
  return {
    locate: (options) => spoolLocation(options, { stateDirectory, isWritableFolder }),
    open: (location) => openSpool({ ...location, logger }),
  };
}
