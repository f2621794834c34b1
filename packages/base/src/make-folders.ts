import * as fs from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "./open-file.ts";

/**
 * Creates a folder and its missing parents. One level at a time: `mkdir` of Node with `recursive` never ends
 * where no folder can be created, as below /proc. Another kind of file at `path` is left for the caller's
 * error.
 *
 * @throws the error of `node:fs`
 */
export function makeFolders(path: string, mode: number, calls: Pick<typeof fs, "mkdirSync"> = fs): void {
  if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path) makeFolders(parent, mode, calls);
  try {
    calls.mkdirSync(path, { mode });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}
