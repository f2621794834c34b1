/** Settings of the job server. Source: job-server.md 4, whose table also gives the defaults. */
export interface GearmandOptions {
  readonly backlog: number;
  /** Parse everything, then end with 0 or 1. */
  readonly checkArgs: boolean;
  readonly coredump: boolean;
  readonly daemon: boolean;
  /** Every connection starts with the `exceptions` option on. */
  readonly exceptions: boolean;
  /** Wanted number of open files; absent: as it is. */
  readonly fileDescriptors?: number;
  /** Attempts per job, 0 = unlimited, at most 255. */
  readonly jobRetries: number;
  /** At most 63 bytes; absent: `H:<host>`. */
  readonly jobHandlePrefix?: Buffer;
  /** Accepted, unused. */
  readonly hashtableBuckets: number;
  readonly keepalive: boolean;
  /** Seconds; -1 = as the system has it. The same holds for the two below. */
  readonly keepaliveIdleSeconds: number;
  readonly keepaliveIntervalSeconds: number;
  readonly keepaliveCount: number;
  /** Path, `stderr` or `none`. */
  readonly logFile: string;
  /** Addresses or names to listen on; empty: all addresses. */
  readonly listen: readonly string[];
  /** 0 = any free one, else up to 65535. */
  readonly port: number;
  readonly pidFile: string;
  /** Extra protocol module. */
  readonly protocol?: "http";
  readonly httpPort: number;
  readonly roundRobin: boolean;
  readonly queueType: QueueType;
  readonly syslog: boolean;
  /** Accepted, unused: one event loop serves all. */
  readonly threads: number;
  readonly user?: string;
  readonly verbose: Verbosity;
  /** Sleeping workers woken per job, 0 = all, at most 255. */
  readonly workerWakeup: number;

  readonly ssl: boolean;
  readonly sslCaFile?: string;
  readonly sslCertificate?: string;
  readonly sslKey?: string;
  readonly sslRequireClientCert: boolean;

  readonly storeQueueOnShutdown: boolean;
  readonly libsqlite3Db?: string;
  readonly libsqlite3Table: string;
  readonly libpqConninfo?: string;
  readonly libpqTable: string;
  readonly mysqlHost?: string;
  readonly mysqlPort?: number;
  readonly mysqlUser?: string;
  readonly mysqlPassword?: string;
  readonly mysqlDb?: string;
  readonly mysqlTable?: string;
  readonly redisServer?: string;
  readonly redisPort?: number;
  readonly redisPassword?: string;
  readonly redisPrefix: string;
  readonly libmemcachedServers?: string;
  readonly libmemcachedPrefix: string;

  /** How long to retry when the address is in use, seconds; 0 = not at all. */
  readonly bindTimeoutSeconds: number;
  /** `1.1`: a worker's newest function first, `2.0`: priority first. */
  readonly compat: "1.1" | "2.0";
  /** The text command `shutdown` works for loopback peers. */
  readonly allowShutdown: boolean;
  /** Largest packet body in bytes. */
  readonly maxPacketBytes: number;
  /** Functions in all. */
  readonly maxFunctions: number;
  /** Functions that one connection may register. */
  readonly maxFunctionsPerConnection: number;
  /** After this time without use, jobs and workers a function is forgotten; 0 = never. */
  readonly forgetFunctionsSeconds: number;
}

/** Names accepted by `--queue-type`; case does not matter on the command line. */
export type QueueType = "builtin" | "libsqlite3" | "libmemcached" | "postgres" | "redis" | "mysql";

/** Words of `--verbose`, least talkative first. */
export type Verbosity = "FATAL" | "ALERT" | "CRITICAL" | "ERROR" | "WARNING" | "NOTICE" | "INFO" | "DEBUG";
