import { excerpt } from "./excerpt.ts";
import { type About, BadValue, type Field, field, lastText, path, text, texts } from "./fields.ts";
import type { QueueType, Verbosity } from "./gearmand-options.ts";
import type { ProgramHelp } from "./help.ts";
import { lowerCase, toBytes, toUtf8 } from "./latin1.ts";
import { withoutEffect } from "./no-effect.ts";
import type { OptionSchema } from "./program.ts";
import { number } from "./scalars.ts";

/** A switch: on when it stands there. */
function flag(about: About): Field<boolean> {
  return field({ argument: "", default: "off", bare: true, ...about }, (given) => given.entries.length > 0);
}

/** A number; anything outside the bounds is an error, as every bad option of gearmand is. */
function bounded(initial: number, min: number, max: number, about: About): Field<number> {
  const refuse = `a number from ${min} to ${max} is needed`;
  return number({ initial, min, max, strict: true, refuse }, about);
}

/** An optional number; `undefined` when not given. */
function optionalNumber(min: number, max: number, about: About): Field<number | undefined> {
  const inner = bounded(min, min, max, about);
  return field({ argument: "NUMBER", ...about }, (given) => {
    return lastText(given) === undefined ? undefined : inner.parse(given);
  });
}

/** A readable text or path with a default. */
function textOr(initial: string, about: About): Field<string> {
  return field({ default: initial, ...about }, (given) => toUtf8(lastText(given)?.text ?? initial));
}

/** One of some words, else an error with the text of the original. */
function oneOf<const W extends string, I extends W | undefined>(
  words: readonly W[],
  initial: I,
  about: About,
  rule: { anyCase: boolean; refuse: (value: string) => string },
): Field<W | I> {
  return field({ argument: words.join("|"), default: initial ?? "none", ...about }, (given) => {
    const last = lastText(given);
    if (last === undefined) return initial;
    const wanted = rule.anyCase ? lowerCase(last.text) : last.text;
    const found = words.find((one) => one === wanted);
    if (found === undefined) throw new BadValue(rule.refuse(excerpt(last.text)), last.where);
    return found;
  });
}

/** A handle has 63 bytes at most: prefix, colon and ten digits. */
const MAX_PREFIX_BYTES = 52;
const MOST_FUNCTIONS = 16_000_000;
/** Words of `--verbose`, most severe first. */
export const VERBOSITY: readonly Verbosity[] = [
  "FATAL",
  "ALERT",
  "CRITICAL",
  "ERROR",
  "WARNING",
  "NOTICE",
  "INFO",
  "DEBUG",
];
const QUEUE_TYPES: readonly QueueType[] = [
  "builtin",
  "libsqlite3",
  "libmemcached",
  "postgres",
  "redis",
  "mysql",
];
const GONE_QUEUE_TYPES = ["libtokyocabinet", "libdrizzle"];

function refuseQueueType(value: string): string {
  return GONE_QUEUE_TYPES.includes(lowerCase(value))
    ? `queue type not supported: ${value}`
    : `Error while initializing the queue : ${value}`;
}

/** What gearmand has dropped itself. */
const gone = (about: Partial<About> = {}) => ({ help: "", hidden: true, ...about });
const GONE = { why: "gearmand has dropped this queue type", isForGood: true };
const MEMORY_ONLY = { why: "jobs are kept in memory only" };
const NO_TLS = { why: "TLS is not supported" };
const SYSTEM_PROBES = {
  why: "it cannot be set, the one of the system holds",
  isMet: (value: number) => value < 0,
};

/** Options of the job server. Source: job-server.md 4; those at the end are ours. */
export const gearmandSchema = {
  backlog: bounded(1024, 0, 65_535, { help: "Connections that may wait to be accepted.", short: "b" }),
  "check-args": flag({ help: "Check arguments and file, then end.", hidden: true }),
  "config-file": path({
    help: "File with further options; those of the command line win.",
    default: "/etc/gearmand.conf",
  }),
  coredump: withoutEffect(flag({ help: "" }), { why: "the limits of the system hold", isForGood: true }),
  daemon: flag({ help: "Run in the background.", short: "d" }),
  exceptions: flag({ help: "Send exceptions to clients that did not ask for them." }),
  "file-descriptors": optionalNumber(1, 10_000_000, { help: "Open files wanted.", short: "f" }),
  "job-retries": bounded(0, -1, 255, { help: "Attempts per job; 0 and -1 = unlimited.", short: "j" }),
  "job-handle-prefix": field(
    { help: "Start of every job handle, up to 52 bytes.", default: "H:HOSTNAME", isName: true },
    (given) => {
      const last = lastText(given);
      if (last === undefined) return undefined;
      if (last.text.length > MAX_PREFIX_BYTES)
        throw new BadValue("job handle prefix is too long", last.where);
      return toBytes(last.text);
    },
  ),
  "hashtable-buckets": withoutEffect(bounded(991, 1, 2_147_483_647, { help: "" }), {
    why: "tables grow by themselves",
    isForGood: true,
  }),
  keepalive: withoutEffect(flag({ help: "TCP keep-alive." }), { why: "it is always on", isForGood: true }),
  "keepalive-idle": bounded(-1, -1, 32_767, {
    help: "Seconds without data before the first probe; -1 = system.",
    unit: "seconds",
  }),
  "keepalive-interval": withoutEffect(
    bounded(-1, -1, 32_767, {
      help: "Seconds between probes; -1 = system.",
      unit: "seconds",
    }),
    SYSTEM_PROBES,
  ),
  "keepalive-count": withoutEffect(
    bounded(-1, -1, 127, { help: "Probes before a connection is given up; -1 = system." }),
    SYSTEM_PROBES,
  ),
  "log-file": textOr("/var/log/gearmand.log", {
    help: "Log file, stderr or none.",
    argument: "PATH",
    short: "l",
  }),
  listen: texts(
    {
      isName: true,
      help: "Address or name to listen on; may be repeated.",
      argument: "HOST",
      short: "L",
      default: "all addresses",
    },
    { commas: false },
  ),
  port: bounded(4730, 0, 65_535, {
    help: "Port to listen on, a number or a name of /etc/services; 0 = any free one.",
    short: "p",
  }),
  "pid-file": textOr("/var/gearmand.pid", { help: "File for the process id.", argument: "PATH", short: "P" }),
  protocol: oneOf(
    ["http"],
    undefined,
    { help: "Further protocol to serve.", short: "r" },
    {
      anyCase: false,
      refuse: (value) => `Unknown protocol module : ${value}`,
    },
  ),
  "round-robin": flag({ help: "Serve the functions of a worker in turn.", short: "R" }),
  "queue-type": oneOf(
    QUEUE_TYPES,
    "builtin",
    { help: "Where background jobs are stored.", short: "q" },
    {
      anyCase: true,
      refuse: refuseQueueType,
    },
  ),
  syslog: flag({ help: "Log to syslog too." }),
  threads: withoutEffect(bounded(4, 0, 65_535, { help: "", short: "t" }), {
    why: "one event loop serves all connections",
    isForGood: true,
  }),
  user: text({ help: "User to become; needs root.", argument: "USER", short: "u" }),
  verbose: oneOf(
    VERBOSITY,
    "ERROR",
    { help: "Log level; -v is INFO, -vv DEBUG.", short: "v" },
    {
      anyCase: false,
      refuse: () => "Invalid value for --verbose supplied",
    },
  ),
  "worker-wakeup": bounded(0, 0, 255, { help: "Workers woken per job; 0 = all.", short: "w" }),
  "http-port": withoutEffect(bounded(8080, 0, 65_535, { help: "Port of the http protocol." }), {
    why: "the http protocol is not supported",
  }),

  ssl: flag({ help: "TLS on the port." }),
  "ssl-ca-file": withoutEffect(path({ help: "Certificates of the authorities, PEM." }), NO_TLS),
  "ssl-certificate": withoutEffect(path({ help: "Certificate of the server, PEM." }), NO_TLS),
  "ssl-key": withoutEffect(path({ help: "Its key, PEM." }), NO_TLS),
  "ssl-require-client-cert": flag({ help: "Serve only clients with a certificate of these authorities." }),

  "store-queue-on-shutdown": flag({ help: "Store jobs at the end only." }),
  "libsqlite3-db": withoutEffect(path({ help: "Database file." }), MEMORY_ONLY),
  "libsqlite3-table": withoutEffect(textOr("gearman_queue", { help: "Table in it." }), MEMORY_ONLY),
  "libpq-conninfo": withoutEffect(text({ help: "PostgreSQL connection.", secret: true }), MEMORY_ONLY),
  "libpq-table": withoutEffect(textOr("queue", { help: "Table in it." }), MEMORY_ONLY),
  "mysql-host": withoutEffect(text({ help: "MySQL host.", isName: true }), MEMORY_ONLY),
  "mysql-port": withoutEffect(optionalNumber(1, 65_535, { help: "MySQL port." }), MEMORY_ONLY),
  "mysql-user": withoutEffect(text({ help: "MySQL user." }), MEMORY_ONLY),
  "mysql-password": withoutEffect(text({ help: "MySQL password.", secret: true }), MEMORY_ONLY),
  "mysql-db": withoutEffect(text({ help: "MySQL database." }), MEMORY_ONLY),
  "mysql-table": withoutEffect(text({ help: "Table in it." }), MEMORY_ONLY),
  "redis-server": withoutEffect(text({ help: "Redis host.", isName: true }), MEMORY_ONLY),
  "redis-port": withoutEffect(optionalNumber(1, 65_535, { help: "Redis port." }), MEMORY_ONLY),
  "redis-password": withoutEffect(text({ help: "Redis password.", secret: true }), MEMORY_ONLY),
  "redis-prefix": withoutEffect(textOr("_gear_", { help: "Start of every key." }), MEMORY_ONLY),
  "libmemcached-servers": withoutEffect(
    text({ help: "Memcached servers.", argument: "HOST:PORT[,…]", isName: true }),
    MEMORY_ONLY,
  ),
  "libmemcached-prefix": withoutEffect(textOr("gear_", { help: "Start of every key." }), MEMORY_ONLY),
  "libdrizzle-host": withoutEffect(text(gone()), GONE),
  "libdrizzle-port": withoutEffect(text(gone()), GONE),
  "libdrizzle-uds": withoutEffect(text(gone()), GONE),
  "libdrizzle-user": withoutEffect(text(gone()), GONE),
  "libdrizzle-password": withoutEffect(text(gone({ secret: true })), GONE),
  "libdrizzle-db": withoutEffect(text(gone()), GONE),
  "libdrizzle-table": withoutEffect(text(gone()), GONE),
  "libdrizzle-mysql": withoutEffect(flag(gone()), GONE),
  "libtokyocabinet-file": withoutEffect(path(gone()), GONE),
  "libtokyocabinet-optimize": withoutEffect(flag(gone()), GONE),

  "bind-timeout": bounded(20, 0, 86_400, {
    help: "Seconds to retry while the address is in use.",
    unit: "seconds",
  }),
  compat: oneOf(
    ["1.1", "2.0"],
    "2.0",
    { help: "Order of jobs: newest function first, or priority first." },
    {
      anyCase: false,
      refuse: (value) => `unknown --compat: ${value}`,
    },
  ),
  "allow-shutdown": flag({ help: "Obey the text command shutdown of clients on this machine." }),
  "max-packet-size": bounded(268_435_456, 12, 2_147_483_647, { help: "Largest packet in bytes." }),
  "max-functions": bounded(1_000_000, 1, MOST_FUNCTIONS, {
    help: "Functions in all; jobs and workers of further ones are refused.",
  }),
  "max-functions-per-connection": bounded(1_000_000, 1, MOST_FUNCTIONS, {
    help: "Functions that one connection may register; it is closed beyond.",
  }),
  "forget-functions": bounded(0, 0, 2_147_483_647, {
    help: "Seconds after which a function without jobs, workers and use is forgotten; 0 = never.",
    unit: "seconds",
  }),
} as const satisfies OptionSchema;

export const gearmandHelp: ProgramHelp = {
  usage: ["gearmand [OPTION]..."],
  dashes: "--",
  schema: gearmandSchema,
  switches: [
    { words: ["--check-config"], help: "Show the settings in effect, then end." },
    { words: ["-h", "--help"], help: "Show this text." },
    { words: ["-V", "--version"], help: "Show the version." },
  ],
};
