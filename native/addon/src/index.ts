import { createRequire } from "node:module";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { type GcmClass, type MakeMessageCipher, makerOf } from "./message-cipher.ts";
import type { KeepAlive, MemorySettings, SystemSettings } from "./system-settings.ts";

export type { KeepAlive, SystemSettings } from "./system-settings.ts";

/** What to start. No string may hold a NUL byte. */
export interface PluginCommand {
  /** At least one word. A name without a slash is searched for in the PATH of the engine's environment. */
  readonly argv: readonly Buffer[];
  /** `NAME=value`, laid over the engine's environment; of two with one name the later one counts. */
  readonly env: readonly Buffer[];
  /** Milliseconds from the start of the process. */
  readonly timeoutMs: number;
  /** Bytes kept of each stream. */
  readonly maxOutputBytes: number;
  readonly limits?: PluginLimits | undefined;
}

/** Applied in the child before execve(); all optional. Each holds for the process and, inherited, for its descendants. */
export interface PluginLimits {
  /** CPU time in seconds, above 0; at its end SIGXCPU, a second later SIGKILL (RLIMIT_CPU). */
  readonly cpuSeconds?: number;
  /** Address space in bytes, above 0; beyond it allocations fail (RLIMIT_AS). */
  readonly memoryBytes?: number;
  /** Highest descriptor plus one, above 0 (RLIMIT_NOFILE). */
  readonly openFiles?: number;
  /** Real, effective and saved ids. Needs root. */
  readonly runAs?: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  /** Folder of a cgroup v2 that the process joins before it starts. */
  readonly cgroup?: string;
}

/** Where starting a plugin failed. */
export type FailedStep = "start" | "group" | "limits" | "cgroup" | "user";

/** How a plugin ended. Times are microseconds since 1970. */
export interface PluginEnd {
  /**
   * Exactly one of `exitCode`, `signal` and `failure` is set, with two exceptions: a plugin that still existed when it was
   * given up after SIGKILL, and one whose exit status is lost because other code in this process waited for it.
   */
  readonly exitCode?: number | undefined;
  readonly signal?: number | undefined;
  readonly failure?: { readonly errno: number; readonly step: FailedStep } | undefined;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly truncatedBytes: number;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  /** Its group is still being killed; `onGone` follows. */
  readonly lingers: boolean;
  readonly startedMicros: number;
  readonly finishedMicros: number;
  /** Usage of the plugin and of the children it has waited for. */
  readonly usage?: PluginUsage | undefined;
}

/** Resource usage as waitid() reports it. */
export interface PluginUsage {
  readonly userMicros: number;
  readonly systemMicros: number;
  readonly maxRssBytes: number;
}

export interface EngineOptions {
  /** `NAME=value` entries that plugins inherit; default: the environment of this process, byte for byte. */
  readonly env?: readonly Buffer[];
  /** Threads that start plugins, 1–64. */
  readonly lanes?: number;
  /** Milliseconds between two signals to a plugin that has timed out. Default 1000. */
  readonly ladderStepMs?: number;
  /** `id` is the number passed to `start`. Must not throw. */
  onEnd(id: number, end: PluginEnd): void;
  onGone(id: number): void;
  /**
   * The process still exists one ladder step after its last signal, because it has become another user or hangs in the
   * kernel. Its result has already been delivered. Called once per process.
   */
  onUnkillable?(id: number, pid: number): void;
}

/** Starts plugins on threads of its own. Keeps the event loop alive while one runs. */
export interface Engine {
  /**
   * `id` (0–2³²−1) is returned with the result. If memory is short the result is a `failure` with ENOMEM.
   * @returns false if `argv` is empty or a string holds a NUL byte
   */
  start(id: number, command: PluginCommand): boolean;
  /** Sends TERM to all groups and KILL one step later; with `atOnce`, KILL before this returns. */
  abortAll(atOnce: boolean): void;
  /**
   * Stops the threads; running plugins are killed and reaped without a result. Blocks for at most 1.5 s; a thread that
   * hangs longer is detached.
   */
  close(): void;
}

export interface Addon {
  /** @throws Error if threads or descriptors are exhausted */
  createEngine(options: EngineOptions): Engine;
  /**
   * Ends the process with `code` if it still exists after `delayMs` milliseconds (at most 60,000). Unlike `process.exit` it
   * does not wait for the threads of Node's pool, one of which may hang in a file system or a name server.
   */
  exitAfter(delayMs: number, code: number): void;
  /** AES-256-GCM with the OpenSSL in this process; absent where that cannot be reached. */
  readonly messageCipher: MakeMessageCipher | undefined;
}

interface Binding {
  readonly Engine: new (
    requests: Buffer,
    options: { env: Buffer | undefined; lanes: number; ladderStepMs: number },
    records: Float64Array,
    onResults: (count: number, small: Buffer | undefined, large: Buffer[] | undefined) => void,
  ) => {
    setRequests(requests: Buffer): void;
    /** 0 or an errno. */
    start(length: number): number;
    abortAll(atOnce: boolean): void;
    close(): void;
  };
  /** Absent where OpenSSL cannot be reached. */
  readonly Gcm?: GcmClass | undefined;
  readonly exitAfter: (delayMs: number, code: number) => void;
  readonly setKeepAlive: (fd: number, idle: number, interval: number, count: number) => Int32Array;
  readonly setOpenFiles: (count: number) => number;
  readonly serviceNotify: (socket: Buffer, text: Buffer) => number;
  readonly hideMemory: () => number;
}

const FILE = "mod_gearman_addon.node";
const DEFAULT_LANES = 1;
const LADDER_STEP_MS = 1000;
const REQUEST_BYTES = 16 * 1024;
const HEADER_BYTES = 72;
const RECORD_NUMBERS = 12;
const RECORDS = 64;
const LARGE_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);
const STEPS: readonly FailedStep[] = ["start", "group", "limits", "cgroup", "user"];

/** Bits of a record; the same values as in result.h. */
const Flag = {
  ...{ exited: 1, signaled: 2, failed: 4, timedOut: 8, aborted: 16 },
  ...{ lingers: 32, gone: 64, usage: 128, unkillable: 256 },
};
/** Bits of a request; the same values as in request.h. */
const Limit = { cpu: 1, memory: 2, files: 4, runAs: 8, cgroup: 16 };

/** The calls of the addon that change this process and its sockets, or why there are none. Never throws. */
export function loadSystemSettings(): (SystemSettings & MemorySettings) | { readonly reason: string } {
  const loaded = loadAddon();
  return "addon" in loaded ? loaded.addon : loaded;
}

/** The addon's cipher of messages; undefined where there is none. Never throws. */
export function loadMessageCipher(): MakeMessageCipher | undefined {
  const loaded = loadAddon();
  return "addon" in loaded ? loaded.addon.messageCipher : undefined;
}

/**
 * Loads the binary for this machine: the one packed beside the program, else the one in this package. Never throws.
 *
 * @returns the addon, or the reason in one line if it cannot be loaded
 */
export function loadAddon():
  | { readonly addon: Addon & SystemSettings & MemorySettings }
  | { readonly reason: string } {
  const require = createRequire(import.meta.url);
  const file = `prebuilds/${process.platform}-${process.arch}/${FILE}`;
  let reason = `no ${file}`;
  for (const folder of ["./", "../", packageFolder(require)]) {
    if (folder === undefined) continue;
    try {
      const binding = require(`${folder}${file}`) as Binding;
      return {
        addon: {
          createEngine: (options) => new NativeEngine(binding, options),
          messageCipher: makerOf(binding.Gcm),
          exitAfter: (delayMs, code) => binding.exitAfter(delayMs, code),
          setKeepAlive: (fd, wanted) => setKeepAlive(binding, fd, wanted),
          setOpenFiles: (count) => nameOf(binding.setOpenFiles(count)),
          serviceNotify: (socket, text) =>
            nameOf(binding.serviceNotify(Buffer.from(socket), Buffer.from(text))),
          hideMemory: () => nameOf(binding.hideMemory()),
        },
      };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "MODULE_NOT_FOUND") reason = message;
    }
  }
  return { reason: `the native spawner cannot be loaded: ${reason.split("\n", 1)[0]}` };
}

const nameOf = (errno: number) => (errno === 0 ? undefined : getSystemErrorName(-errno));

function setKeepAlive(
  binding: Binding,
  fd: number,
  wanted: KeepAlive,
): ReturnType<SystemSettings["setKeepAlive"]> {
  const { idleSeconds: idle, intervalSeconds: interval, count } = wanted;
  const [errno = 0, ...has] = binding.setKeepAlive(fd, idle, interval, count);
  if (errno !== 0) return { error: getSystemErrorName(-errno) };
  const [idleSeconds = 0, intervalSeconds = 0, probes = 0] = has;
  return { idleSeconds, intervalSeconds, count: probes };
}

/** In a bundle this file is part of the program, but the binary stays in the package. */
function packageFolder(require: NodeJS.Require): string | undefined {
  try {
    return require.resolve("@mod-gearman/addon/package.json").replace(/package\.json$/, "");
  } catch {
    return undefined;
  }
}

class NativeEngine implements Engine {
  readonly #engine: InstanceType<Binding["Engine"]>;
  readonly #options: EngineOptions;
  readonly #records = new Float64Array(RECORDS * RECORD_NUMBERS);
  #requests = Buffer.alloc(REQUEST_BYTES);
  #view = new DataView(this.#requests.buffer, this.#requests.byteOffset, this.#requests.length);

  constructor(binding: Binding, options: EngineOptions) {
    this.#options = options;
    const settings = {
      env:
        options.env === undefined ? undefined : Buffer.concat(options.env.flatMap((entry) => [entry, NUL])),
      lanes: options.lanes ?? DEFAULT_LANES,
      ladderStepMs: options.ladderStepMs ?? LADDER_STEP_MS,
    };
    const onResults = this.#onResults.bind(this);
    this.#engine = new binding.Engine(this.#requests, settings, this.#records, onResults);
    process.once("exit", this.#close); // process.exit() does not run the cleanup hooks of addons
  }

  start(id: number, command: PluginCommand): boolean {
    const errno = this.#engine.start(this.#write(id, command));
    if (errno === constants.errno.ENOMEM) queueMicrotask(() => this.#options.onEnd(id, withoutMemory()));
    return errno !== constants.errno.EINVAL;
  }

  abortAll(atOnce: boolean): void {
    this.#engine.abortAll(atOnce);
  }

  close(): void {
    process.removeListener("exit", this.#close);
    this.#engine.close();
  }

  readonly #close = (): void => this.close();

  /** @returns bytes written */
  #write(id: number, { argv, env, timeoutMs, maxOutputBytes, limits }: PluginCommand): number {
    let bytes = HEADER_BYTES;
    for (const word of argv) bytes += word.length + 1;
    for (const entry of env) bytes += entry.length + 1;
    const extra = limits === undefined ? NO_LIMITS : extraBytes(limits);
    this.#reserve(bytes + extra.length + (extra.cgroup?.length ?? 0) + 1);
    const view = this.#view;
    view.setUint32(0, id, true);
    view.setUint32(4, argv.length, true);
    view.setUint32(8, env.length, true);
    view.setUint32(12, extra.flags, true);
    view.setFloat64(16, timeoutMs, true);
    view.setFloat64(24, maxOutputBytes, true);
    view.setUint32(64, extra.length / 4, true);
    if (limits !== undefined) writeLimits(view, limits);
    const target = this.#requests;
    let at = HEADER_BYTES + extra.length;
    for (const word of argv) at = putString(target, at, word);
    for (const entry of env) at = putString(target, at, entry);
    return extra.cgroup === undefined ? at : putString(target, at, extra.cgroup);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#requests.length) return;
    this.#requests = Buffer.alloc(2 * bytes);
    this.#view = new DataView(this.#requests.buffer, this.#requests.byteOffset, this.#requests.length);
    this.#engine.setRequests(this.#requests);
  }

  #onResults(count: number, small: Buffer | undefined, large: Buffer[] | undefined): void {
    const records = this.#records;
    let at = 0;
    const output = (bytes: number): Buffer => {
      if (bytes === 0) return NOTHING;
      if (bytes >= LARGE_BYTES) return large?.shift() ?? NOTHING;
      at += bytes;
      return small?.subarray(at - bytes, at) ?? NOTHING;
    };
    // callbacks may start plugins whose results overwrite the records: read all of them first
    const ends: (PluginEnd | number | undefined)[] = [];
    const ids: number[] = [];
    for (let n = 0; n < count; n++) {
      const from = n * RECORD_NUMBERS;
      const flags = records[from + 1] ?? 0;
      ids.push(records[from] ?? 0);
      if ((flags & Flag.unkillable) !== 0) ends.push(records[from + 2]);
      else ends.push((flags & Flag.gone) === 0 ? readEnd(records, from, output) : undefined);
    }
    ids.forEach((id, n) => {
      const end = ends[n];
      if (end === undefined) this.#options.onGone(id);
      else if (typeof end === "number") this.#options.onUnkillable?.(id, end);
      else this.#options.onEnd(id, end);
    });
  }
}

const NUL = Buffer.alloc(1);
const NO_LIMITS: LimitBytes = { flags: 0, length: 0, cgroup: undefined };

interface LimitBytes {
  readonly flags: number;
  /** Length in bytes. */
  readonly length: number;
  readonly cgroup: Buffer | undefined;
}

function extraBytes({ cpuSeconds, memoryBytes, openFiles, runAs, cgroup }: PluginLimits): LimitBytes {
  let flags = 0;
  if (cpuSeconds !== undefined) flags |= Limit.cpu;
  if (memoryBytes !== undefined) flags |= Limit.memory;
  if (openFiles !== undefined) flags |= Limit.files;
  if (runAs !== undefined) flags |= Limit.runAs;
  if (cgroup !== undefined) flags |= Limit.cgroup;
  return {
    flags,
    length: 4 * (runAs?.groups.length ?? 0),
    cgroup: cgroup === undefined ? undefined : Buffer.from(cgroup),
  };
}

function writeLimits(view: DataView, { cpuSeconds, memoryBytes, openFiles, runAs }: PluginLimits): void {
  view.setFloat64(32, cpuSeconds ?? 0, true);
  view.setFloat64(40, memoryBytes ?? 0, true);
  view.setFloat64(48, openFiles ?? 0, true);
  view.setUint32(56, runAs?.uid ?? 0, true);
  view.setUint32(60, runAs?.gid ?? 0, true);
  runAs?.groups.forEach((group, n) => {
    view.setUint32(HEADER_BYTES + 4 * n, group, true);
  });
}

function putString(target: Buffer, at: number, bytes: Buffer): number {
  target.set(bytes, at);
  target[at + bytes.length] = 0;
  return at + bytes.length + 1;
}

function withoutMemory(): PluginEnd {
  const nowMicros = Date.now() * 1000;
  return {
    failure: { errno: constants.errno.ENOMEM, step: "start" },
    ...{ stdout: NOTHING, stderr: NOTHING, truncatedBytes: 0 },
    ...{ timedOut: false, aborted: false, lingers: false },
    ...{ startedMicros: nowMicros, finishedMicros: nowMicros },
  };
}

function readEnd(records: Float64Array, from: number, output: (bytes: number) => Buffer): PluginEnd {
  const number = (offset: number): number => records[from + offset] ?? 0;
  const flags = number(1);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const code = number(2);
  return {
    exitCode: has(Flag.exited) ? code : undefined,
    signal: has(Flag.signaled) ? code : undefined,
    failure: has(Flag.failed) ? { errno: code, step: STEPS[number(3)] ?? "start" } : undefined,
    timedOut: has(Flag.timedOut),
    aborted: has(Flag.aborted),
    lingers: has(Flag.lingers),
    startedMicros: number(4),
    finishedMicros: number(5),
    usage: has(Flag.usage)
      ? { userMicros: number(6), systemMicros: number(7), maxRssBytes: number(8) }
      : undefined,
    stdout: output(number(9)),
    stderr: output(number(10)),
    truncatedBytes: number(11),
  };
}
