import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TestkitError } from "./errors.ts";

/** Folder of the golden bytes, `vectors/` at the top of the repository; absolute path. */
export const vectorsFolder: string = fileURLToPath(new URL("../../../vectors/", import.meta.url));

/**
 * The parsed content of `vectors/<name>.json`; its type is given by the caller and not checked.
 *
 * @throws TestkitError NO_VECTORS if there is no such file, SyntaxError if it is not JSON
 */
export function loadVectors<T>(name: string): T {
  const path = `${vectorsFolder}${name}.json`;
  if (!existsSync(path)) throw new TestkitError("NO_VECTORS", `there is no vectors/${name}.json`);
  return JSON.parse(readFileSync(path, "utf8")) as T;
}
