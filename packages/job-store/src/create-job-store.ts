import { GroupCommit, type GroupCommitOptions } from "./group-commit.ts";
import type { JobStore } from "./job-store.ts";
import { MemcachedDriver } from "./memcached-driver.ts";
import { MysqlDriver } from "./mysql-driver.ts";
import { PostgresDriver } from "./postgres-driver.ts";
import { RedisDriver } from "./redis-driver.ts";
import { SqliteDriver } from "./sqlite/sqlite-driver.ts";
import type { StoreDriver } from "./store-driver.ts";

/** Which store, by gearmand's names of queue types, and how it is reached. */
export type StoreSettings =
  | {
      readonly type: "libsqlite3";
      readonly path: string;
      readonly table: string;
      /** How long another job server on the same file is waited for, milliseconds. */
      readonly lockWaitMs: number;
    }
  /** `conninfo`: as for libpq, keywords and values or an URI. */
  | { readonly type: "postgres"; readonly conninfo: string; readonly table: string }
  | {
      readonly type: "mysql";
      /** A path is that of a socket. */
      readonly host: string;
      readonly port: number;
      readonly user: string | undefined;
      readonly password: string | undefined;
      readonly database: string | undefined;
      readonly table: string;
    }
  | {
      readonly type: "redis";
      /** A path is that of a socket. */
      readonly host: string;
      readonly port: number;
      readonly password: string | undefined;
      readonly prefix: string;
    }
  /** `servers`: `HOST:PORT[,…]`. */
  | { readonly type: "libmemcached"; readonly servers: string; readonly prefix: string };

/** A store that is opened by `open`. The package of its driver is loaded then. */
export function createJobStore(settings: StoreSettings, options: GroupCommitOptions = {}): JobStore {
  return new GroupCommit(
    createDriver(settings, (text) => options.logger?.warn(text)),
    options,
  );
}

/** The driver alone. Internal to the package. @param warn logs what an administrator should know */
export function createDriver(settings: StoreSettings, warn: (text: string) => void): StoreDriver {
  switch (settings.type) {
    case "libsqlite3":
      return new SqliteDriver(settings);
    case "postgres":
      return new PostgresDriver(settings);
    case "mysql":
      return new MysqlDriver(settings);
    case "redis":
      return new RedisDriver(settings);
    case "libmemcached":
      return new MemcachedDriver({ ...settings, warn });
  }
}
