import { readFileSync } from "node:fs";

/** The golden file `vectors/<name>.json` of the repository. */
export function loadVectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../vectors/${name}.json`, import.meta.url), "utf8")) as T;
}

/** Bytes of a base64 field. */
export const base64 = (text: string): Buffer => Buffer.from(text, "base64");
