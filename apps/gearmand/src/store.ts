import type { GearmandOptions, QueueType } from "@mod-gearman/config";
import type { StoreSettings } from "@mod-gearman/job-store";

/** Options that have an effect with this `--queue-type` only. */
export const STORE_OPTIONS: Readonly<Record<Exclude<QueueType, "builtin">, readonly string[]>> = {
  libsqlite3: ["libsqlite3-db", "libsqlite3-table"],
  postgres: ["libpq-conninfo", "libpq-table"],
  mysql: ["mysql-host", "mysql-port", "mysql-user", "mysql-password", "mysql-db", "mysql-table"],
  redis: ["redis-server", "redis-port", "redis-password", "redis-prefix"],
  libmemcached: ["libmemcached-servers", "libmemcached-prefix"],
};

/** The store that the options select; undefined: jobs are kept in memory only, or a required option is missing. */
export function storeSettings(options: GearmandOptions): StoreSettings | undefined {
  const { queueType: type } = options;
  switch (type) {
    case "builtin":
      return undefined;
    case "libsqlite3":
      return sqliteSettings(options);
    case "postgres":
      return { type, conninfo: options.libpqConninfo ?? "", table: options.libpqTable };
    case "mysql":
      return mysqlSettings(options);
    case "redis":
      return redisSettings(options);
    case "libmemcached": {
      const { libmemcachedServers: servers, libmemcachedPrefix: prefix } = options;
      return servers === undefined ? undefined : { type, servers, prefix };
    }
  }
}

function sqliteSettings(options: GearmandOptions): StoreSettings | undefined {
  const { libsqlite3Db: path, libsqlite3Table: table } = options;
  // a predecessor that still ends holds the file as long as the port
  const lockWaitMs = options.bindTimeoutSeconds * 1000;
  return path === undefined ? undefined : { type: "libsqlite3", path, table, lockWaitMs };
}

function mysqlSettings(options: GearmandOptions): StoreSettings {
  return {
    type: "mysql",
    host: options.mysqlHost,
    port: options.mysqlPort,
    user: options.mysqlUser,
    password: options.mysqlPassword,
    database: options.mysqlDb,
    table: options.mysqlTable,
  };
}

function redisSettings(options: GearmandOptions): StoreSettings {
  const { redisServer: host, redisPort: port, redisPassword: password, redisPrefix: prefix } = options;
  return { type: "redis", host, port, password, prefix };
}
