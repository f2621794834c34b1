import type { GearmandOptions, QueueType } from "@mod-gearman/config";
import type { StoreSettings } from "@mod-gearman/job-store";

/** Options that have an effect with this `--queue-type` only. */
export const STORE_OPTIONS: Readonly<Partial<Record<QueueType, readonly string[]>>> = {
  libsqlite3: ["libsqlite3-db", "libsqlite3-table"],
};

/** The store that the options select; undefined: jobs are kept in memory only. */
export function storeSettings(options: GearmandOptions): StoreSettings | undefined {
  const { queueType, libsqlite3Db } = options;
  if (queueType !== "libsqlite3" || libsqlite3Db === undefined) return undefined;
  // a predecessor that still ends holds the file as long as the port
  const lockWaitMs = options.bindTimeoutSeconds * 1000;
  return { type: queueType, path: libsqlite3Db, table: options.libsqlite3Table, lockWaitMs };
}
