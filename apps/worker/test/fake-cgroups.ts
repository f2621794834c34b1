import type { CgroupFiles } from "../src/cgroup-files.ts";

/** A folder of the fake, and its processes. */
interface Folder {
  readonly processes: Set<string>;
  readonly texts: Map<string, string>;
}

/** The delegated cgroup in `cgroupProc`. */
export const UNIT = "/sys/fs/cgroup/system.slice/worker.service";

/** Content of /proc for a process in `path`. */
export function cgroupProc(path = "/system.slice/worker.service"): Record<string, string> {
  return {
    "self/cgroup": `0::${path}\n`,
    "self/mountinfo":
      "30 23 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" +
      "31 23 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
  };
}

/** A cgroup v2 in memory, with the rules of the kernel on which the pool depends. */
export class FakeCgroups implements CgroupFiles {
  readonly folders = new Map<string, Folder>();
  /** Files of the kernel in a folder whose parent has enabled the memory controller. */
  memoryFiles = ["memory.max", "memory.swap.max", "memory.oom.group"];
  controllers = "cpu memory pids";
  readOnly: string[] = [];
  /** Error code for this call, e.g. `write /a/b`; undefined lets it succeed. */
  refuse: (call: string) => string | undefined = () => undefined;

  constructor() {
    this.folders.set("/sys/fs/cgroup", { processes: new Set(), texts: new Map() });
    this.folders.set(UNIT, { processes: new Set(["self"]), texts: new Map() });
  }

  /** Names below the unit. */
  get names(): string[] {
    return [...this.folders.keys()].flatMap((path) =>
      path.startsWith(`${UNIT}/`) ? path.slice(UNIT.length + 1) : [],
    );
  }

  /** The folder that contains a process. */
  whereIs(process: string): string | undefined {
    return [...this.folders].find(([, { processes }]) => processes.has(process))?.[0];
  }

  join(path: string, process: string): void {
    for (const { processes } of this.folders.values()) processes.delete(process);
    this.#folder(path).processes.add(process);
  }

  leave(process: string): void {
    for (const { processes } of this.folders.values()) processes.delete(process);
  }

  textOf(path: string): string | undefined {
    const [folder, name] = split(path);
    return this.folders.get(folder)?.texts.get(name);
  }

  read(path: string): string {
    this.#check("read", path);
    const [folder, name] = split(path);
    const { processes, texts } = this.#folder(folder);
    if (name === "cgroup.procs") return [...processes].map((process) => `${process}\n`).join("");
    if (name === "cgroup.events") return `populated ${processes.size > 0 ? 1 : 0}\nfrozen 0\n`;
    if (name === "cgroup.controllers") return `${this.controllers}\n`;
    return texts.get(name) ?? fail("ENOENT", path);
  }

  write(path: string, text: string): void {
    this.#check("write", path);
    const [folder, name] = split(path);
    const { processes, texts } = this.#folder(folder);
    if (name === "cgroup.procs") {
      if (texts.get("cgroup.subtree_control") === "+memory") fail("EBUSY", path);
      this.join(folder, text === "0" ? "self" : text);
    } else {
      if (name === "cgroup.subtree_control" && text === "+memory" && processes.size > 0) fail("EBUSY", path);
      if (name.startsWith("memory.") && !this.memoryFiles.includes(name)) fail("ENOENT", path);
      texts.set(name, text);
    }
  }

  makeFolder(path: string): void {
    this.#check("makeFolder", path);
    if (this.folders.has(path)) fail("EEXIST", path);
    this.folders.set(path, { processes: new Set(), texts: new Map() });
  }

  removeFolder(path: string): void {
    this.#check("removeFolder", path);
    if (this.#folder(path).processes.size > 0) fail("EBUSY", path);
    this.folders.delete(path);
  }

  list(path: string): string[] {
    this.#folder(path);
    const below = [...this.folders.keys()].flatMap((name) =>
      split(name)[0] === path ? [split(name)[1]] : [],
    );
    const isRoot = path === "/sys/fs/cgroup";
    return ["cgroup.procs", ...(isRoot ? [] : ["cgroup.events"]), ...below];
  }

  isWritable(path: string): boolean {
    return !this.readOnly.includes(path);
  }

  #folder(path: string): Folder {
    return this.folders.get(path) ?? fail("ENOENT", path);
  }

  #check(call: string, path: string): void {
    const code = this.refuse(`${call} ${path}`);
    if (code !== undefined) fail(code, path);
  }
}

function split(path: string): [folder: string, name: string] {
  const at = path.lastIndexOf("/");
  return [path.slice(0, at), path.slice(at + 1)];
}

function fail(code: string, path: string): never {
  throw Object.assign(new Error(`${code}: ${path}`), { code });
}
