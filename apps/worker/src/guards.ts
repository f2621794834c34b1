export interface Machine {
  readonly cpus: number;
  /** Content of a file below /proc, undefined if it does not exist. */
  readProc(name: string): string | undefined;
}

/** Limits for growth; 0 disables. */
export interface GuardLimits {
  readonly loadCpuMulti: number;
  readonly loadLimit1: number;
  readonly loadLimit5: number;
  readonly loadLimit15: number;
  readonly memLimitPercent: number;
}

/** The reason why no slot may be started now; undefined if one may. Source: worker.md 5.1, guards. */
export function growthBlockedBy(limits: GuardLimits, machine: Machine): string | undefined {
  return loadTooHigh(limits, machine) ?? memoryTooHigh(limits, machine);
}

function loadTooHigh(limits: GuardLimits, machine: Machine): string | undefined {
  const loads = (machine.readProc("loadavg") ?? "").split(" ").slice(0, 3).map(Number);
  const automatic = limits.loadCpuMulti * machine.cpus;
  const rows = [
    ["load1", limits.loadLimit1],
    ["load5", limits.loadLimit5],
    ["load15", limits.loadLimit15],
  ] as const;
  for (const [index, [name, configured]] of rows.entries()) {
    const limit = configured > 0 ? configured : automatic;
    const load = loads[index] ?? Number.NaN;
    if (limit > 0 && load > limit) {
      return `cannot start any more worker, ${name} is too high: ${load.toFixed(6)} > ${limit.toFixed(6)}`;
    }
  }
  return undefined;
}

function memoryTooHigh(limits: GuardLimits, machine: Machine): string | undefined {
  const text = machine.readProc("meminfo") ?? "";
  const kiB = (name: string) => {
    const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  const total = kiB("MemTotal");
  const free = kiB("MemAvailable") ?? kiB("MemFree");
  if (limits.memLimitPercent <= 0 || total === undefined || free === undefined) return undefined;
  const used = 100 - Math.floor((free * 100) / total);
  if (used < limits.memLimitPercent) return undefined;
  const size = `${(free / 1024).toFixed(0)} MiB`;
  return `cannot start any more worker, memory usage is too high: ${used}% > ${limits.memLimitPercent}% (free: ${size})`;
}

/**
 * Limit of open descriptors, the number that `maxWorker` slots need, and how many slots are possible; undefined if the limit
 * is high enough. Source: worker.md 5.1.
 */
export function openFilesShortage(
  maxWorker: number,
  machine: Machine,
): { limit: number; needed: number; possible: number } | undefined {
  const limit = openFilesLimit(machine);
  if (limit === undefined) return undefined;
  const { needed, possible } = slotsForOpenFiles(maxWorker, limit);
  return needed <= limit || possible >= maxWorker ? undefined : { limit, needed, possible };
}

/** Descriptors needed for `maxWorker` slots, and slots possible with `openFiles` descriptors. */
export function slotsForOpenFiles(
  maxWorker: number,
  openFiles: number,
): { needed: number; possible: number } {
  const needed = Math.ceil((maxWorker * 5 + 50) * 1.2);
  const possible = Math.max(1, Math.floor((openFiles / 1.2 - 50) / 5));
  return { needed, possible: Math.min(maxWorker, possible) };
}

/** Soft limit of open descriptors of this process; undefined if unlimited or unknown. */
export function openFilesLimit(machine: Machine): number | undefined {
  const value = /^Max open files\s+(\d+)/m.exec(machine.readProc("self/limits") ?? "")?.[1];
  return value === undefined ? undefined : Number(value);
}
