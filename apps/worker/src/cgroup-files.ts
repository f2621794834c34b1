import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeSync,
} from "node:fs";
import { openFile } from "@mod-gearman/base";

/** Operations on a cgroup v2 file system. Each throws the errors of `node:fs`. */
export interface CgroupFiles {
  read(path: string): string;
  /** Writes to an existing file; creates none. */
  write(path: string, text: string): void;
  makeFolder(path: string): void;
  /** Fails with EBUSY if it has processes or folders. */
  removeFolder(path: string): void;
  list(path: string): string[];
  isWritable(path: string): boolean;
}

export const nodeCgroupFiles: CgroupFiles = {
  read: (path) => readFileSync(path, "latin1"),
  write: (path, text) => {
    const file = openFile(path, constants.O_WRONLY, { links: "follow" });
    try {
      writeSync(file, text);
    } finally {
      closeSync(file);
    }
  },
  makeFolder: (path) => void mkdirSync(path),
  removeFolder: (path) => rmdirSync(path),
  list: (path) => readdirSync(path),
  isWritable: (path) => {
    try {
      accessSync(path, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  },
};
