import { hostname } from "node:os";
import { omitUndefined } from "@mod-gearman/base";
import type { JobStore } from "@mod-gearman/job-store";
import type { Logger } from "@mod-gearman/observe";
import { nullLogger } from "@mod-gearman/observe";
import { type ServerClock, systemClock } from "./core/clock.ts";
import { JobServerError } from "./core/errors.ts";
import type { Rights } from "./core/guard.ts";
import type { QueueLimitRule } from "./core/queue-limits.ts";
import type { TlsSettings } from "./tls-gate.ts";
import type { UnixAddress } from "./unix-listener.ts";

/** Settings of `createJobServer`, all with defaults. Source: job-server.md 4, 9. */
export interface JobServerOptions {
  /** Answer to the command `version`. Default `embedded`. */
  readonly version?: string;
  /** Addresses or names to listen on; every address of a name. Default, and for an empty list: all addresses. */
  readonly listen?: string | readonly string[];
  /** 0: any free port. Default 4730. */
  readonly port?: number;
  /** TLS on `listen` and `port`. Default: none. */
  readonly tls?: TlsSettings;
  /** Further ways in. */
  readonly listeners?: readonly ListenerSettings[];
  /** Whether `listen` and `port` are served too. Default true. */
  readonly hasMainListener?: boolean;
  /** Rights of clients by their certificates; those of all names that fit are added up. */
  readonly clientRights?: readonly ClientRights[];
  /** Limit of connections waiting to be accepted. Default 1024. */
  readonly backlog?: number;
  /** How long `listen` retries while the address is in use. Default 0: not at all. */
  readonly bindTimeoutMs?: number;
  /** Further connections are closed at once. Default: no limit. */
  readonly maxConnections?: number;
  /** Idle time after which the kernel probes a peer. Default: that of the system. */
  readonly keepAliveIdleMs?: number;
  /** Called with the descriptor of each accepted TCP socket, to set what Node cannot. */
  readonly prepareSocket?: (fd: number) => void;
  /** Largest packet body, 12…2³¹−1 bytes. Default 256 MiB. */
  readonly maxPacketBytes?: number;
  /** Limit of unsent output for a peer; above it the connection is closed. Default 256 MiB. */
  readonly maxOutputBytes?: number;
  /** Limit of functions, 1…16,000,000: jobs and workers of further ones are refused. Default 1,000,000. */
  readonly maxFunctions?: number;
  /** Functions that one connection may register, 1…16,000,000. Default 1,000,000. */
  readonly maxFunctionsPerConnection?: number;
  /** Limits of waiting jobs, by function. Default: none. */
  readonly queueLimits?: readonly QueueLimitRule[];
  /** Limit of the workloads of all jobs, 0 (default) = none: what becomes of further requests is the policy of their function. */
  readonly maxQueuedBytes?: number;
  /**
   * Time without a grab after which a function with waiting jobs and idle workers is reported, and the workers are woken
   * again. 0 = never. Default 60.
   */
  readonly stallSeconds?: number;
  /** Time after which a worker that still has a job is named in the log. 0 = never. Default 3600. */
  readonly heldSeconds?: number;
  /**
   * Functions without jobs, workers and limits that no client has used for this time, or up to a quarter
   * longer, are dropped. Default 0: never.
   */
  readonly forgetFunctionsMs?: number;
  /** `1.1`: a worker's newest function first; `2.0` (default): priority first, functions of a worker take turns. */
  readonly compat?: "1.1" | "2.0";
  /** With `compat` 1.1: functions of a worker take turns. With 2.0 they always do (X25). */
  readonly roundRobin?: boolean;
  /** Attempts per job, 0…255; 0 (default) = unlimited. */
  readonly jobRetries?: number;
  /** Sleeping workers woken per job, 0…255; 0 (default) = all. */
  readonly workerWakeup?: number;
  /** Handles are `<prefix>:<n>`. Up to 52 bytes. Default `H:<host name>`. */
  readonly handlePrefix?: string | Buffer;
  /** Connections start with the option `exceptions` on. */
  readonly exceptions?: boolean;
  /** Called by the text command `shutdown`, for peers of this machine; without it the command is unknown. */
  readonly onShutdown?: (graceful: boolean) => void;
  /**
   * Called after large buffers, 16 MiB or more together, became unused: a program can return their memory to the system, which
   * V8 does not do while it has nothing to allocate. Every five seconds at most.
   */
  readonly releaseMemory?: () => void;
  /** Answer to the text command `verbose`. Default `ERROR`. */
  readonly verbose?: string;
  /** Answer to the text command `getpid`. Default: that of this process. */
  readonly pid?: number;
  /** Where background jobs are kept; `listen` opens it, `close` closes it. Default: in memory only. */
  readonly store?: JobStore;
  /** Background jobs are written to `store` when the server closes, not before. */
  readonly storeOnShutdown?: boolean;
  readonly clock?: ServerClock;
  readonly logger?: Logger;
  /** Logs accepted jobs, and those dropped after too many attempts, as `info`. Default `logger`. */
  readonly jobLogger?: Logger;
}

/** A way in besides `listen` and `port`. */
export interface ListenerSettings {
  /** As in `JobServerOptions`. */
  readonly listen?: string | readonly string[];
  /** Default 4730. */
  readonly port?: number;
  /** In place of both. */
  readonly unix?: UnixAddress;
  readonly tls?: TlsSettings;
  /** Default `gearman`. Source of `http`: job-server.md 7 */
  readonly protocol?: "gearman" | "http";
  /** What its peers may do. Default: everything. */
  readonly rights?: Rights;
}

/** What clients with a certificate may do, on every way in, in place of the rights given there. */
export interface ClientRights extends Rights {
  /** `CN:…`, `DNS:…`, `URI:…`, `IP:…` or `email:…`, in which `*` stands for any characters. */
  readonly name: string;
}

/** A way in. Internal to the package. */
export interface EntranceSettings {
  readonly listen: readonly string[];
  readonly port: number;
  readonly unix: UnixAddress | undefined;
  readonly tls: TlsSettings | undefined;
  readonly protocol: "gearman" | "http";
  readonly rights: Rights | undefined;
}

type Optional =
  | "maxConnections"
  | "keepAliveIdleMs"
  | "prepareSocket"
  | "onShutdown"
  | "releaseMemory"
  | "store";
type OfEntrance = "listen" | "port" | "tls" | "listeners" | "hasMainListener";

/** The options with their defaults; the prefix as latin1 string. Internal to the package. */
export type Settings = Required<Omit<JobServerOptions, Optional | OfEntrance | "handlePrefix">> &
  Pick<JobServerOptions, Optional> & {
    readonly handlePrefix: string;
    readonly entrances: readonly EntranceSettings[];
  };

const DEFAULT_PORT = 4730;
const DEFAULT_BACKLOG = 1024;
const DEFAULT_MAX_BYTES = 268_435_456;
const DEFAULT_STALL_SECONDS = 60;
const DEFAULT_HELD_SECONDS = 3600;
const LONGEST_MS = 0x7fff_ffff;
const DEFAULT_MAX_FUNCTIONS = 1_000_000;
const MOST_FUNCTIONS = 16_000_000; // a Map of V8 has at most 2²⁴ entries
const MAX_BYTE = 255;
const MAX_PREFIX_BYTES = 52; // a handle has at most 63 bytes: prefix, colon, ten digits

type Live =
  | "maxConnections"
  | "maxFunctions"
  | "maxFunctionsPerConnection"
  | "queueLimits"
  | "maxQueuedBytes"
  | "stallSeconds"
  | "heldSeconds"
  | "jobRetries"
  | "workerWakeup";

/** What can change while the server runs; undefined: the default. */
export type LiveSettings = { readonly [K in Live]: JobServerOptions[K] | undefined };

/** @throws JobServerError BAD_OPTION */
export function resolveLive(live: LiveSettings): Pick<Settings, Live> {
  const { maxConnections, ...others } = live;
  const resolved = resolveOptions(omitUndefined(others) as JobServerOptions);
  const { maxFunctions, maxFunctionsPerConnection, queueLimits, maxQueuedBytes } = resolved;
  const { stallSeconds, heldSeconds, jobRetries, workerWakeup } = resolved;
  return {
    ...{ maxFunctions, maxFunctionsPerConnection, queueLimits, maxQueuedBytes },
    ...{ stallSeconds, heldSeconds, jobRetries, workerWakeup },
    maxConnections: maxConnections ?? Number.POSITIVE_INFINITY,
  };
}

/** @throws JobServerError BAD_OPTION */
export function resolveOptions(options: JobServerOptions): Settings {
  return {
    ...options,
    ...limitsOf(options),
    ...loggersOf(options),
    ...storeOf(options),
    version: options.version ?? "embedded",
    entrances: entrancesOf(options),
    clientRights: options.clientRights ?? [],
    backlog: inRange("backlog", options.backlog ?? DEFAULT_BACKLOG, 0, 65_535),
    bindTimeoutMs: inRange("bindTimeoutMs", options.bindTimeoutMs ?? 0, 0, LONGEST_MS),
    forgetFunctionsMs: inRange(
      "forgetFunctionsMs",
      options.forgetFunctionsMs ?? 0,
      0,
      Number.MAX_SAFE_INTEGER,
    ),
    compat: options.compat ?? "2.0",
    roundRobin: options.compat !== "1.1" || options.roundRobin === true,
    jobRetries: inRange("jobRetries", options.jobRetries ?? 0, 0, MAX_BYTE),
    workerWakeup: inRange("workerWakeup", options.workerWakeup ?? 0, 0, MAX_BYTE),
    handlePrefix: prefixOf(options.handlePrefix),
    exceptions: options.exceptions ?? false,
    verbose: options.verbose ?? "ERROR",
    pid: options.pid ?? process.pid,
    clock: options.clock ?? systemClock,
  };
}

function entrancesOf(options: JobServerOptions): EntranceSettings[] {
  const { listen = [], port = DEFAULT_PORT, tls, listeners = [], hasMainListener = true } = options;
  const main = hasMainListener ? [{ listen, port, ...omitUndefined({ tls }) }] : [];
  return [...main, ...listeners].map(entrance);
}

function entrance(settings: ListenerSettings): EntranceSettings {
  const { listen = [], port = DEFAULT_PORT, unix, tls, protocol = "gearman", rights } = settings;
  return {
    listen: typeof listen === "string" ? [listen] : listen,
    port: inRange("port", port, 0, 65_535),
    ...{ unix, tls, protocol, rights },
  };
}

function loggersOf({ logger = nullLogger, jobLogger = logger }: JobServerOptions) {
  return { logger, jobLogger };
}

function storeOf({ storeOnShutdown = false }: JobServerOptions) {
  return { storeOnShutdown };
}

function limitsOf(options: JobServerOptions) {
  const { maxPacketBytes, maxOutputBytes, maxFunctions, maxFunctionsPerConnection } = options;
  return {
    maxPacketBytes: inRange("maxPacketBytes", maxPacketBytes ?? DEFAULT_MAX_BYTES, 12, LONGEST_MS),
    maxOutputBytes: inRange("maxOutputBytes", maxOutputBytes ?? DEFAULT_MAX_BYTES, 0, LONGEST_MS),
    queueLimits: options.queueLimits ?? [],
    maxQueuedBytes: inRange("maxQueuedBytes", options.maxQueuedBytes ?? 0, 0, Number.MAX_SAFE_INTEGER),
    stallSeconds: inRange("stallSeconds", options.stallSeconds ?? DEFAULT_STALL_SECONDS, 0, LONGEST_MS),
    heldSeconds: inRange("heldSeconds", options.heldSeconds ?? DEFAULT_HELD_SECONDS, 0, LONGEST_MS),
    maxFunctions: functionCount("maxFunctions", maxFunctions),
    maxFunctionsPerConnection: functionCount("maxFunctionsPerConnection", maxFunctionsPerConnection),
  };
}

function functionCount(name: string, value: number | undefined): number {
  return inRange(name, value ?? DEFAULT_MAX_FUNCTIONS, 1, MOST_FUNCTIONS);
}

function inRange(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new JobServerError("BAD_OPTION", `${name}: a whole number from ${min} to ${max} is needed`);
}

function prefixOf(given: string | Buffer | undefined): string {
  if (given === undefined) return `H:${hostname()}`.slice(0, MAX_PREFIX_BYTES);
  const prefix = Buffer.from(given).toString("latin1");
  if (prefix.length > MAX_PREFIX_BYTES || prefix.includes("\0"))
    throw new JobServerError("BAD_OPTION", `handlePrefix: up to ${MAX_PREFIX_BYTES} bytes without NUL`);
  return prefix;
}
