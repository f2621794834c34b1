import type { Stats } from "node:fs";
import { codeOf, makeFolders } from "@mod-gearman/base";
import type { Disk } from "./disk.ts";
import { SpoolError } from "./errors.ts";

const FOLDER_MODE = 0o700;

/**
 * Creates the folder, or checks type and owner and removes the permissions of others.
 *
 * @throws SpoolError NOT_A_FOLDER (also for a symbolic link), FOREIGN_FOLDER, UNUSABLE
 */
export function prepareFolder(disk: Disk, folder: string): void {
  try {
    const found = findFolder(disk, folder);
    if (!found.isDirectory()) throw new SpoolError("NOT_A_FOLDER", folder);
    if (found.uid !== process.geteuid?.()) throw new SpoolError("FOREIGN_FOLDER", folder);
    if ((found.mode & 0o777) !== FOLDER_MODE) disk.chmodSync(folder, FOLDER_MODE);
  } catch (error) {
    throw error instanceof SpoolError ? error : new SpoolError("UNUSABLE", folder, { cause: error });
  }
}

function findFolder(disk: Disk, folder: string): Stats {
  try {
    return disk.lstatSync(folder);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    makeFolders(folder, FOLDER_MODE, disk);
    return disk.lstatSync(folder);
  }
}
