import * as fs from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "./open-file.ts";

/**
 * Makes a folder and those above it that are missing. One level at a time: `mkdir` of Node with `recursive` never ends
 * where no folder can be made, as below /proc. Something else at `path` is left for the error of what uses it.
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
