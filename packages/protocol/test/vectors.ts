import { readFileSync } from "node:fs";

/** The golden file `vectors/<name>.json` of the repository. */
export function loadVectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../vectors/${name}.json`, import.meta.url), "utf8")) as T;
}

/** One row of `gearman-packets.json`; bytes are hex. */
export interface PacketRow {
  readonly name: string;
  readonly from: string;
  readonly magic: "REQ" | "RES";
  readonly type: number;
  readonly hex: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly note?: string;
}

/** Every captured packet. */
export const packetRows = loadVectors<{ cases: PacketRow[] }>("gearman-packets").cases;
