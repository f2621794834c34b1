import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";

/** A store that a job server can be started with, in a folder of its own. */
export interface StoreUnderTest {
  /** Options of gearmand. */
  readonly args: readonly string[];
  /** Damages what a crash of the machine may damage: bytes behind the last commit. Called while no server runs. */
  tear(bytes: Buffer): void;
  stop(): Promise<void>;
}

export const STORE_NAMES = ["libsqlite3"] as const;
export type StoreName = (typeof STORE_NAMES)[number];

export async function startStore(name: StoreName, folder: string): Promise<StoreUnderTest> {
  const file = join(folder, "queue.db");
  return {
    args: [`--queue-type=${name}`, `--libsqlite3-db=${file}`],
    tear: (bytes) => {
      if (existsSync(`${file}-wal`)) appendFileSync(`${file}-wal`, bytes);
    },
    stop: async () => undefined,
  };
}
