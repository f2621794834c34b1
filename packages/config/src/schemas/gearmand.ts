import { z } from "zod";
import type { Options } from "../option-row.ts";
import { VERBOSITY } from "../verbosity.ts";
import { bytes, duration, flag, number, optional, path, text, textOr, texts, word } from "./kinds.ts";
import { type MetaFields, programRegistry, SWITCHES, withoutEffect } from "./registry.ts";

/** Bounds of a number; a value outside is an error, as every bad option of gearmand. */
const within = (min: number, max: number) => ({
  min,
  max,
  strict: true,
  refuse: `a number from ${min} to ${max} is needed`,
});
const bounded = (option: string, initial: number, min: number, max: number, fields: MetaFields) =>
  number(option, { initial, ...within(min, max), ...fields });
const seconds = (option: string, initial: number, min: number, max: number, fields: MetaFields) =>
  duration(option, "seconds", { initial, ...within(min, max), ...fields });

/** Limits of functions, one per occurrence. */
const limits = (option: string, value: string, help: string, initial = "0") =>
  texts(option, {
    argument: `[FUNCTION[*]=]${value}`,
    help,
    default: initial,
    isName: true,
  });

/** A handle has 63 bytes at most: prefix, colon and ten digits. */
const MAX_PREFIX_BYTES = 52;
const MOST_FUNCTIONS = 16_000_000;
const QUEUE_TYPES = ["builtin", "libsqlite3", "libmemcached", "postgres", "redis", "mysql"] as const;
const GONE_QUEUE_TYPES = {
  libtokyocabinet: "queue type not supported: <value>",
  libdrizzle: "queue type not supported: <value>",
};

/** Queue types that gearmand itself has removed. */
const GONE = { why: "gearmand has dropped this queue type", isForGood: true };
const HIDDEN = { help: "", hidden: true };

/** Options of the job server. Source: job-server.md 4; those at the end are ours. */
export const gearmandSchema = z.strictObject({
  backlog: bounded("backlog", 1024, 0, 65_535, {
    help: "Connections that may wait to be accepted.",
    short: "b",
  }),
  checkArgs: flag("check-args", { help: "Check arguments and file, then end.", hidden: true }),
  configFile: path("config-file", {
    help: "File with further options; those of the command line win.",
    default: "/etc/gearmand.conf",
  }),
  coredump: withoutEffect(flag("coredump", { help: "" }), {
    why: "the limits of the system hold",
    isForGood: true,
  }),
  daemon: flag("daemon", { help: "Run in the background.", short: "d" }),
  /** Every connection starts with the `exceptions` option on. */
  exceptions: flag("exceptions", { help: "Send exceptions to clients that did not ask for them." }),
  fileDescriptors: optional(
    number("file-descriptors", {
      ...within(1, 10_000_000),
      help: "Limit of open files, set with the native addon.",
      short: "f",
    }),
  ),
  jobRetries: bounded("job-retries", 0, -1, 255, {
    help: "Attempts per job; 0 and -1 = unlimited.",
    short: "j",
  }),
  jobHandlePrefix: bytes("job-handle-prefix", {
    help: "Start of every job handle, up to 52 bytes.",
    default: "H:HOSTNAME",
    isName: true,
    maxBytes: MAX_PREFIX_BYTES,
    refuse: "job handle prefix is too long",
  }),
  hashtableBuckets: withoutEffect(bounded("hashtable-buckets", 991, 1, 2_147_483_647, { help: "" }), {
    why: "tables grow by themselves",
    isForGood: true,
  }),
  keepalive: withoutEffect(flag("keepalive", { help: "TCP keep-alive." }), {
    why: "it is always on",
    isForGood: true,
  }),
  keepaliveIdleSeconds: seconds("keepalive-idle", -1, -1, 32_767, {
    help: "Seconds without data before the first probe; -1 = system.",
  }),
  keepaliveIntervalSeconds: seconds("keepalive-interval", -1, -1, 32_767, {
    help: "Seconds between probes; -1 = system.",
  }),
  keepaliveCount: bounded("keepalive-count", -1, -1, 127, {
    help: "Probes before a connection is given up; -1 = system.",
  }),
  logFile: textOr("log-file", "/var/log/gearmand.log", {
    help: "Log file, stderr or none.",
    argument: "PATH",
    short: "l",
  }),
  /** Empty: all addresses. */
  listen: texts("listen", {
    protects: "environment",
    isName: true,
    help: "Address or name to listen on; may be repeated.",
    argument: "HOST",
    short: "L",
    default: "all addresses",
  }),
  port: bounded("port", 4730, 0, 65_535, {
    help: "Port to listen on, a number or a name of /etc/services; 0 = any free one.",
    short: "p",
  }),
  pidFile: textOr("pid-file", "/var/gearmand.pid", {
    help: "File for the process id.",
    argument: "PATH",
    short: "P",
  }),
  protocol: optional(
    word("protocol", ["http"], {
      refuse: "Unknown protocol module : <value>",
      help: "Further protocol to serve.",
      short: "r",
    }),
  ),
  roundRobin: flag("round-robin", {
    help: "With --compat=1.1: serve the functions of a worker in turn, as 2.0 always does.",
    short: "R",
  }),
  queueType: word("queue-type", QUEUE_TYPES, {
    initial: "builtin",
    anyCase: true,
    refuse: "Error while initializing the queue : <value>",
    refusals: GONE_QUEUE_TYPES,
    help: "Where background jobs are stored.",
    short: "q",
  }),
  syslog: flag("syslog", { help: "Log to syslog too." }),
  threads: withoutEffect(bounded("threads", 4, 0, 65_535, { help: "", short: "t" }), {
    why: "one event loop serves all connections",
    isForGood: true,
  }),
  user: text("user", {
    protects: "environment",
    help: "User to become; needs root.",
    argument: "USER",
    short: "u",
  }),
  verbose: word("verbose", VERBOSITY, {
    initial: "ERROR",
    refuse: "Invalid value for --verbose supplied",
    help: "Log level; -v is INFO, -vv and -vvv DEBUG.",
    short: "v",
  }),
  workerWakeup: bounded("worker-wakeup", 0, 0, 255, { help: "Workers woken per job; 0 = all.", short: "w" }),
  httpPort: bounded("http-port", 8080, 0, 65_535, { help: "Port of the http protocol." }),

  ssl: flag("ssl", { protects: "environment", help: "TLS on the port." }),
  sslCaFile: path("ssl-ca-file", {
    protects: "environment",
    help: "Certificates of the authorities of clients, PEM.",
  }),
  sslCertificate: path("ssl-certificate", { help: "Certificate of the server, PEM." }),
  sslKey: path("ssl-key", { help: "Its key, PEM." }),
  sslRequireClientCert: flag("ssl-require-client-cert", {
    protects: "environment",
    help: "Serve only clients with a certificate of these authorities.",
  }),

  storeQueueOnShutdown: flag("store-queue-on-shutdown", {
    help: "Write background jobs to the store at the end only.",
  }),
  libsqlite3Db: path("libsqlite3-db", { help: "Database file." }),
  libsqlite3Table: textOr("libsqlite3-table", "gearman_queue", { help: "Table in it." }),
  libpqConninfo: text("libpq-conninfo", { help: "PostgreSQL connection.", secret: true }),
  libpqTable: textOr("libpq-table", "queue", { help: "Table in it." }),
  mysqlHost: textOr("mysql-host", "localhost", {
    help: "MySQL host, or path of its socket.",
    isName: true,
  }),
  mysqlPort: bounded("mysql-port", 3306, 1, 65_535, { help: "MySQL port." }),
  mysqlUser: text("mysql-user", { help: "MySQL user." }),
  mysqlPassword: text("mysql-password", { help: "MySQL password.", secret: true }),
  mysqlDb: text("mysql-db", { help: "MySQL database." }),
  mysqlTable: textOr("mysql-table", "gearman_queue", { help: "Table in it." }),
  redisServer: textOr("redis-server", "127.0.0.1", { help: "Redis host.", isName: true }),
  redisPort: bounded("redis-port", 6379, 1, 65_535, { help: "Redis port." }),
  redisPassword: text("redis-password", { help: "Redis password.", secret: true }),
  redisPrefix: textOr("redis-prefix", "_gear_", { help: "Start of every key." }),
  libmemcachedServers: text("libmemcached-servers", {
    help: "Memcached servers.",
    argument: "HOST:PORT[,…]",
    isName: true,
  }),
  libmemcachedPrefix: textOr("libmemcached-prefix", "gear_", { help: "Start of every key." }),
  libdrizzleHost: withoutEffect(text("libdrizzle-host", HIDDEN), GONE),
  libdrizzlePort: withoutEffect(text("libdrizzle-port", HIDDEN), GONE),
  libdrizzleUds: withoutEffect(text("libdrizzle-uds", HIDDEN), GONE),
  libdrizzleUser: withoutEffect(text("libdrizzle-user", HIDDEN), GONE),
  libdrizzlePassword: withoutEffect(text("libdrizzle-password", { ...HIDDEN, secret: true }), GONE),
  libdrizzleDb: withoutEffect(text("libdrizzle-db", HIDDEN), GONE),
  libdrizzleTable: withoutEffect(text("libdrizzle-table", HIDDEN), GONE),
  libdrizzleMysql: withoutEffect(flag("libdrizzle-mysql", HIDDEN), GONE),
  libtokyocabinetFile: withoutEffect(path("libtokyocabinet-file", HIDDEN), GONE),
  libtokyocabinetOptimize: withoutEffect(flag("libtokyocabinet-optimize", HIDDEN), GONE),

  bindTimeoutSeconds: seconds("bind-timeout", 20, 0, 86_400, {
    help: "Seconds to retry while the address is in use.",
  }),
  compat: word("compat", ["1.1", "2.0"], {
    initial: "2.0",
    refuse: "unknown --compat: <value>",
    help: "Order of jobs: newest function first, or priority first and the functions of a worker in turn.",
  }),
  listener: texts("listener", {
    protects: "environment",
    isName: true,
    help: "A further way in: HOST:PORT, PORT or unix:PATH, then tls, client-cert, certificate=, key=, ca=, http, mode=, owner=, and what its peers may do: announce=, submit=, view=, admin, none. May be repeated.",
    argument: "WHERE[,SETTING...]",
    default: "none; with one, --port is served only if it or --listen is given",
  }),
  clientRights: texts("client-rights", {
    protects: "environment",
    isName: true,
    help: "Rights of clients with that name in their certificate (CN:, DNS:, URI:, IP:, email:), in place of those of the way in. May be repeated.",
    argument: "NAME,RIGHT[,RIGHT...]",
  }),
  adminListen: text("admin-listen", {
    isName: true,
    help: "Serve a page of the site, /metrics and /healthz over HTTP there; with a port alone on 127.0.0.1.",
    argument: "[HOST:]PORT",
  }),
  adminServers: texts("admin-servers", {
    isName: true,
    help: "Admin listeners of other job servers that the page shows too. May be repeated.",
    argument: "[HOST:]PORT",
  }),
  adminNames: texts("admin-names", {
    isName: true,
    help: "Names, beside localhost and addresses, under which the page may be reached. May be repeated.",
    argument: "NAME",
  }),
  adminTokenFile: path("admin-token-file", {
    help: "File, mode 0600, with the token that lets the page act: pause, resume and purge queues, cancel jobs, drain workers.",
  }),
  allowShutdown: flag("allow-shutdown", {
    help: "Obey the text command shutdown of clients on this machine.",
  }),
  maxPacketBytes: bounded("max-packet-size", 268_435_456, 12, 2_147_483_647, {
    help: "Largest packet in bytes.",
  }),
  maxFunctions: bounded("max-functions", 1_000_000, 1, MOST_FUNCTIONS, {
    help: "Functions in all; jobs and workers of further ones are refused.",
  }),
  maxFunctionsPerConnection: bounded("max-functions-per-connection", 1_000_000, 1, MOST_FUNCTIONS, {
    help: "Functions that one connection may register; it is closed beyond.",
  }),
  maxConnections: optional(
    number("max-connections", {
      ...within(1, 10_000_000),
      help: "Open connections; further ones are closed. Never more than open files permit.",
    }),
  ),
  maxOutputBytes: bounded("max-output-size", 268_435_456, 65_536, 2_147_483_647, {
    help: "Bytes that may wait for a slow reader; its connection is closed beyond.",
  }),
  /** The last `=` separates name and value. */
  queueLimitCount: limits("queue-limit-count", "NUMBER", "Waiting jobs of a function; 0 = no limit."),
  queueLimitBytes: limits("queue-limit-bytes", "BYTES", "Workloads that wait in a function; 0 = no limit."),
  queueLimitAge: limits(
    "queue-limit-age",
    "SECONDS",
    "Time that a job of a function may wait, then it is dropped; 0 = no limit.",
  ),
  queueLimitPolicy: limits(
    "queue-limit-policy",
    "reject|drop-oldest|drop-newest",
    "What becomes of a job above a limit of its function, or above --max-queued-bytes.",
    "reject",
  ),
  maxQueuedBytes: bounded("max-queued-bytes", 0, 0, Number.MAX_SAFE_INTEGER, {
    help: "Workloads of all jobs; 0 = no limit.",
  }),
  stallSeconds: seconds("stall-after", 60, 0, 2_147_483_647, {
    help: "Seconds without a grab after which a function with waiting jobs and idle workers is reported, its workers woken again; 0 = never.",
  }),
  heldSeconds: seconds("held-after", 3600, 0, 2_147_483_647, {
    help: "Seconds after which a worker that still has a job is named in the log; 0 = never.",
  }),
  forgetFunctionsSeconds: seconds("forget-functions", 0, 0, 2_147_483_647, {
    help: "Seconds after which a function without jobs, workers and use is forgotten; 0 = never.",
  }),
});

export type GearmandOptions = Options<z.infer<typeof gearmandSchema>>;

/** Names accepted by `--queue-type`. */
export type QueueType = GearmandOptions["queueType"];

programRegistry.add(gearmandSchema, {
  file: "gearmand.conf",
  usage: ["gearmand [OPTION]..."],
  switches: SWITCHES,
});
