import type { Logger } from "@mod-gearman/base";
import { rateLimited } from "@mod-gearman/observe";
import type { Runner } from "@mod-gearman/runner";
import type { CgroupFiles } from "./cgroup-files.ts";
import { findCgroup } from "./own-cgroup.ts";

export interface CgroupPoolDeps {
  readonly files: CgroupFiles;
  /** Content of a file below /proc, undefined if it does not exist. */
  readProc(name: string): string | undefined;
  /** Current limit of folders: as many as plugins may run. */
  capacity(): number;
  /** Milliseconds. */
  now(): number;
  readonly logger: Pick<Logger, "info" | "warn">;
}

/** Holds one plugin at a time. */
interface Cgroup {
  readonly folder: string;
  limitBytes: number;
}

const RETRY_MS = 10_000;
const LOG_EVERY_MS = 60_000;
/** Per check: limit of idle folders examined, and of names tried for a new one. */
const TRIES = 4;
/** `error.errno` of a plugin that was not started because a limit or cgroup could not be set. */
const CANNOT_LIMIT = "ELIMIT";
const NAME = /^check-\d+$/;

/**
 * Folders of a cgroup v2, one for each running plugin, that limit the memory of all its processes together. Needs a
 * cgroup that is delegated to this process and contains no other process; until then `acquire` returns no folder.
 * Never throws. Source: kernel documentation, cgroup-v2: "Delegation", "No Internal Process Constraint".
 */
export class CgroupPool {
  readonly #deps: CgroupPoolDeps;
  readonly #warn: (text: string) => void;
  /** Most recently used last. */
  readonly #idle: Cgroup[] = [];
  /** The cgroup that is divided, once this process has moved into a leaf of it. */
  #base: string | undefined;
  #isInForce = false;
  #isClosed = false;
  #triedAtMs = 0;
  #lastReport: string | undefined;
  #total = 0;
  #names = 0;
  #without = 0;

  constructor(deps: CgroupPoolDeps) {
    this.#deps = deps;
    this.#warn = rateLimited(
      (text) => deps.logger.warn(text),
      LOG_EVERY_MS,
      () => deps.now(),
    );
  }

  /** Number of plugins that ran without a folder although the pool is in force. */
  get without(): number {
    return this.#without;
  }

  /** Divides the cgroup of this process if possible; logs the outcome once. */
  prepare(): void {
    if (this.#isInForce || this.#isClosed) return;
    this.#triedAtMs = this.#deps.now();
    const obstacle = this.#divide();
    this.#isInForce = obstacle === undefined;
    const text =
      obstacle === undefined
        ? `each plugin has a cgroup of its own below ${this.#base}`
        : `no delegated cgroup v2 (Delegate=yes in the unit), limiting address space per process: ${obstacle}`;
    if (text !== this.#lastReport) this.#deps.logger.info(`limit_memory: ${text}`);
    this.#lastReport = text;
  }

  /** A folder without processes and with this limit, to be released; undefined if none is available. */
  acquire(limitBytes: number): Cgroup | undefined {
    // plugins of earlier settings, or the process that started the daemon, may have ended in the meantime
    if (!this.#isInForce && this.#deps.now() - this.#triedAtMs >= RETRY_MS) this.prepare();
    if (!this.#isInForce || this.#isClosed) return undefined;
    try {
      const cgroup = this.#takeIdle() ?? this.#make();
      if (cgroup !== undefined) return this.#limited(cgroup, limitBytes);
      this.#countWithout(`all ${this.#total} are in use`);
    } catch (error) {
      this.#countWithout(textOf(error));
    }
    return undefined;
  }

  /** The plugin has ended. The folder is not reused while processes that it left behind are running. */
  release(cgroup: Cgroup): void {
    const isSpare = this.#isClosed || this.#total > this.#deps.capacity();
    if (!isSpare || !this.#remove(cgroup)) this.#idle.push(cgroup);
    if (this.#isClosed) this.#restore();
  }

  /** To be called if the plugin could not be started in it. */
  discard(cgroup: Cgroup, why: string): void {
    this.#countWithout(why);
    if (!this.#remove(cgroup)) this.#idle.unshift(cgroup);
  }

  /** Removes folders without processes and moves this process and its children back. No folders are made after this. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const idle = this.#idle.splice(0);
    this.#idle.push(...idle.filter((cgroup) => !this.#remove(cgroup)));
    this.#restore();
  }

  /** One line, or none if no plugin ran without a folder. */
  describe(): string[] {
    if (!this.#isInForce) return [];
    const idle = this.#idle.length;
    return [`cgroups: ${this.#total - idle} in use, ${idle} idle, ${this.#without} plugins without`];
  }

  #countWithout(why: string): void {
    this.#without++;
    this.#warn(`limit_memory: no cgroup for a plugin, limiting its address space: ${why}`);
  }

  /** @returns the obstacle, if any */
  #divide(): string | undefined {
    const { files } = this.#deps;
    try {
      const obstacle = this.#base === undefined ? this.#moveIntoLeaf() : undefined;
      if (obstacle !== undefined) return obstacle;
      this.#fetchChildren(`${this.#base}`);
      // only a cgroup without processes of its own can be divided
      if (this.#processesIn(`${this.#base}`).length > 0) return `other processes are in ${this.#base}`;
      files.write(`${this.#base}/cgroup.subtree_control`, "+memory");
      return undefined;
    } catch (error) {
      return textOf(error);
    }
  }

  /** Processes started after this begin in the leaf, too. @throws errors of the system */
  #moveIntoLeaf(): string | undefined {
    const { files, readProc } = this.#deps;
    const own = findCgroup(readProc, files);
    if ("reason" in own) return own.reason;
    const leaf = `${own.folder}/worker`;
    this.#attempt(() => files.makeFolder(leaf)); // an existing one is used
    if (this.#processesIn(leaf).length > 0) return `another worker is in ${leaf}`;
    try {
      files.write(`${leaf}/cgroup.procs`, "0"); // 0 means the writing process
    } catch (error) {
      this.#attempt(() => files.removeFolder(leaf));
      throw error;
    }
    this.#base = own.folder;
    for (const name of files.list(own.folder))
      if (NAME.test(name)) this.#attempt(() => files.removeFolder(`${own.folder}/${name}`));
    return undefined;
  }

  /** Moves earlier children of this process, such as the `logger` child, into the leaf. */
  #fetchChildren(base: string): void {
    const { files, readProc } = this.#deps;
    const self = /^\d+/.exec(readProc("self/stat") ?? "")?.[0];
    if (self === undefined) return;
    for (const process of this.#processesIn(base)) {
      const parent = /\) \S+ (\d+) [^)]*$/.exec(readProc(`${process}/stat`) ?? "")?.[1];
      if (parent === self) this.#attempt(() => files.write(`${base}/worker/cgroup.procs`, process));
    }
  }

  /** @throws errors of the system */
  #processesIn(folder: string): string[] {
    const text = this.#deps.files.read(`${folder}/cgroup.procs`);
    return text.split("\n").filter((line) => line !== "");
  }

  #takeIdle(): Cgroup | undefined {
    for (let tries = Math.min(TRIES, this.#idle.length); tries > 0; tries--) {
      const cgroup = this.#idle.pop();
      if (cgroup === undefined) return undefined;
      const state = this.#stateOf(cgroup);
      if (state === "empty") return cgroup;
      if (state === "gone") this.#total--;
      else this.#idle.unshift(cgroup);
    }
    return undefined;
  }

  #stateOf({ folder }: Cgroup): "empty" | "populated" | "gone" {
    let events = "";
    const isThere = this.#attempt(() => {
      events = this.#deps.files.read(`${folder}/cgroup.events`);
    });
    if (!isThere) return "gone";
    return /^populated 0$/m.test(events) ? "empty" : "populated";
  }

  /** @throws errors of the system */
  #make(): Cgroup | undefined {
    const { files, capacity } = this.#deps;
    if (this.#total >= capacity()) return undefined;
    for (let tries = TRIES; ; tries--) {
      const folder = `${this.#base}/check-${++this.#names}`;
      try {
        files.makeFolder(folder);
        this.#total++;
        return { folder, limitBytes: Number.NaN };
      } catch (error) {
        if (tries <= 1 || codeOf(error) !== "EEXIST") throw error; // else plugins of a dead worker are in it
      }
    }
  }

  /** @throws errors of the system; the folder has been removed then */
  #limited(cgroup: Cgroup, limitBytes: number): Cgroup {
    if (cgroup.limitBytes === limitBytes) return cgroup;
    const { folder } = cgroup;
    const { files } = this.#deps;
    try {
      if (Number.isNaN(cgroup.limitBytes)) {
        this.#writeIfThere(`${folder}/memory.swap.max`, "0");
        this.#writeIfThere(`${folder}/memory.oom.group`, "1");
      }
      files.write(`${folder}/memory.max`, `${limitBytes}`);
    } catch (error) {
      if (!this.#remove(cgroup)) this.#total--; // a folder without its limit is not used, removed or not
      throw error;
    }
    cgroup.limitBytes = limitBytes;
    return cgroup;
  }

  /** Ignores files that this kernel does not have. @throws other errors of the system */
  #writeIfThere(path: string, text: string): void {
    try {
      this.#deps.files.write(path, text);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }

  #remove({ folder }: Cgroup): boolean {
    const isRemoved = this.#attempt(() => this.#deps.files.removeFolder(folder));
    if (isRemoved) this.#total--;
    return isRemoved;
  }

  /** A divided cgroup accepts no processes: undo the division first. */
  #restore(): void {
    const { files } = this.#deps;
    if (this.#base === undefined || this.#total > 0) return;
    const base = this.#base;
    this.#base = undefined;
    this.#attempt(() => {
      if (this.#isInForce) files.write(`${base}/cgroup.subtree_control`, "-memory");
      for (const process of this.#processesIn(`${base}/worker`))
        this.#attempt(() => files.write(`${base}/cgroup.procs`, process));
      files.removeFolder(`${base}/worker`);
    });
    this.#isInForce = false;
  }

  #attempt(action: () => void): boolean {
    try {
      action();
      return true;
    } catch {
      return false;
    }
  }
}

/** A runner that starts plugins with a memory limit in a cgroup of the pool, if one is available. */
export function inCgroups(runner: Pick<Runner, "start">, pool: CgroupPool): Pick<Runner, "start"> {
  return {
    start: (request, done) => {
      const { memoryBytes, ...limits } = request.limits ?? {};
      const cgroup = memoryBytes === undefined ? undefined : pool.acquire(memoryBytes);
      if (cgroup === undefined) {
        runner.start(request, done);
        return;
      }
      runner.start({ ...request, limits: { ...limits, cgroup: cgroup.folder } }, (outcome) => {
        const { error } = outcome;
        if (error?.errno === CANNOT_LIMIT) {
          pool.discard(cgroup, error.text);
          runner.start(request, done); // nothing has been run yet
          return;
        }
        pool.release(cgroup);
        done(outcome);
      });
    },
  };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
