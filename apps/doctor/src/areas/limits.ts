import { Notes } from "../finding.ts";
import { type LocalProgram, localPrograms } from "../local-programs.ts";
import type { ServerLook } from "../server-look.ts";
import type { Site } from "../site.ts";
import type { Machine, World } from "../world.ts";

const MIB = 1_048_576;
/** Descriptors of one slot of the worker, and those that it has besides. Source: worker.md 5.1. */
const FILES_PER_SLOT = 5;
const OWN_FILES = 50;
/** A shell and a plugin for each slot. */
const PROCESSES_PER_SLOT = 2;
/** Small plugins in C take a few, those in Perl and Python some 20. */
const MIB_PER_PLUGIN = 10;
const NEARLY_FULL = 0.8;
const DESCRIPTORS_BESIDE = 100;

/** Limits of the system for the programs that run on this machine. */
export function examineLimits(site: Site, looks: readonly ServerLook[], { machine }: World): Notes {
  const notes = new Notes("limits");
  const programs = localPrograms(machine);
  if (programs.length === 0) notes.skip("limits of processes: no program of the suite runs on this machine");
  for (const program of programs) examineFiles(program, notes);
  const slots = site.worker?.loaded?.options.maxWorker;
  if (slots !== undefined) {
    for (const program of programs.filter(({ name }) => name === "mod_gearman_wor"))
      examineSlots(program, slots, notes);
    examineMemory(slots, machine, notes);
  }
  examineServers(programs, looks, notes);
  examineKills(programs, machine, notes);
  return notes;
}

function examineFiles({ name, pid, openFiles, openFilesLimit }: LocalProgram, notes: Notes): void {
  if (openFiles === undefined || openFiles < openFilesLimit * NEARLY_FULL) {
    notes.fine();
    return;
  }
  notes.critical({
    id: "descriptors-used",
    what: `${name} (process ${pid}) uses ${openFiles} of ${openFilesLimit} open files`,
    meaning: "Soon it can neither take connections nor start plugins.",
    advice: "Raise LimitNOFILE= of its unit (or ulimit -n), and restart it.",
  });
}

function examineSlots(
  { name, pid, openFilesLimit, processesLimit }: LocalProgram,
  slots: number,
  notes: Notes,
): void {
  const files = slots * FILES_PER_SLOT + OWN_FILES;
  if (files <= openFilesLimit) notes.fine();
  else
    notes.critical({
      id: "descriptors-of-worker",
      what: `${name} (process ${pid}) may have ${openFilesLimit} open files, max-worker=${slots} needs ${files}`,
      meaning: "It starts fewer checks at the same time than configured.",
      advice: `Set LimitNOFILE=${files} or more in its unit (or ulimit -n), and restart it.`,
    });
  const processes = slots * PROCESSES_PER_SLOT + OWN_FILES;
  if (processes <= processesLimit) notes.fine();
  else
    notes.critical({
      id: "processes-of-worker",
      what: `the user of ${name} (process ${pid}) may have ${processesLimit} processes, max-worker=${slots} needs ${processes}`,
      meaning: "Plugins cannot be started: checks become UNKNOWN with 'Resource temporarily unavailable'.",
      advice: `Set LimitNPROC=${processes} or more in its unit (or ulimit -u), and restart it.`,
    });
}

function examineMemory(slots: number, machine: Machine, notes: Notes): void {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(machine.proc("meminfo") ?? "")?.[1];
  if (available === undefined) {
    notes.skip("free memory of this machine is not known");
    return;
  }
  const freeMib = Math.floor(Number(available) / 1024);
  const needed = slots * MIB_PER_PLUGIN;
  if (needed <= freeMib) notes.fine();
  else
    notes.warning({
      id: "memory-of-plugins",
      what: `${freeMib} MiB of memory are free, max-worker=${slots} plugins of ${MIB_PER_PLUGIN} MiB need ${needed}`,
      meaning: "When many checks run at the same time, the kernel ends some of them or the worker.",
      advice: "Lower max-worker, set mem_limit, or add memory.",
    });
}

/** A job server on this machine needs a descriptor for each connection. */
function examineServers(programs: readonly LocalProgram[], looks: readonly ServerLook[], notes: Notes): void {
  const most = Math.max(0, ...looks.map(({ workers }) => workers.length));
  for (const { name, pid, openFilesLimit } of programs.filter((one) => one.name === "gearmand")) {
    if (most + DESCRIPTORS_BESIDE <= openFilesLimit) notes.fine();
    else
      notes.critical({
        id: "descriptors-of-server",
        what: `${name} (process ${pid}) may have ${openFilesLimit} open files, and has ${most} connections`,
        meaning: "Further workers, senders and cores are not let in.",
        advice: "Set LimitNOFILE=65536 in its unit, or --file-descriptors.",
      });
  }
}

/** Kills by the kernel for want of memory in the control groups of these programs. */
function examineKills(programs: readonly LocalProgram[], machine: Machine, notes: Notes): void {
  for (const { pid, name, residentBytes } of programs) {
    const group = /^0::(\/.*)$/m.exec(machine.proc(`${pid}/cgroup`) ?? "")?.[1];
    const events =
      group === undefined ? undefined : machine.read(`/sys/fs/cgroup${group}/memory.events`, 4096);
    const kills = Number(/^oom_kill (\d+)$/m.exec(events?.toString("latin1") ?? "")?.[1] ?? 0);
    if (kills === 0) notes.fine();
    else
      notes.critical({
        id: "killed-for-memory",
        what: `the kernel ended ${kills} processes of ${name} (process ${pid}, now ${Math.round(residentBytes / MIB)} MiB) for want of memory`,
        meaning: "Plugins or the program itself reached MemoryMax of the unit: checks are lost or UNKNOWN.",
        advice: "Raise MemoryMax= of the unit, or lower max-worker.",
      });
  }
}
