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

/** What is done to a cgroup v2 file system. Each call throws what `node:fs` throws. */
export interface CgroupFiles {
  read(path: string): string;
  /** Into a file that is there; makes none. */
  write(path: string, text: string): void;
  makeFolder(path: string): void;
  /** The kernel refuses one that has processes or folders (EBUSY). */
  removeFolder(path: string): void;
  list(path: string): string[];
  isWritable(path: string): boolean;
}

/** The one of this machine. */
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
