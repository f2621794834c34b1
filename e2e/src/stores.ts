import { appendFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreServer, whyNoStoreServer } from "@mod-gearman/testkit";

/** A store that a job server can be started with, in a folder of its own. */
export interface StoreUnderTest {
  /** Options of gearmand. */
  readonly args: readonly string[];
  /** Damages what a crash of the machine may damage: bytes behind the last commit. Called while no server runs. */
  tear(bytes: Buffer): void;
  stop(): Promise<void>;
}

export const STORE_NAMES = ["libsqlite3", "postgres", "mysql", "redis", "libmemcached"] as const;
export type StoreName = (typeof STORE_NAMES)[number];

/** Why this store cannot be used here; undefined if it can. */
export function whyNoStore(name: StoreName): string | undefined {
  return name === "libsqlite3" ? undefined : whyNoStoreServer(name);
}

export async function startStore(name: StoreName, folder: string): Promise<StoreUnderTest> {
  if (name === "libsqlite3") return sqliteIn(folder);
  // the user of the server has no way into a folder of root
  const own = mkdtempSync(join(tmpdir(), "e2e-store-server-"));
  const server = await StoreServer.start(name, own);
  return {
    args: server.options,
    tear: () => undefined,
    stop: async () => {
      await server.kill();
      rmSync(own, { recursive: true, force: true });
    },
  };
}

function sqliteIn(folder: string): StoreUnderTest {
  const file = join(folder, "queue.db");
  return {
    args: ["--queue-type=libsqlite3", `--libsqlite3-db=${file}`],
    tear: (bytes) => {
      if (existsSync(`${file}-wal`)) appendFileSync(`${file}-wal`, bytes);
    },
    stop: async () => undefined,
  };
}
