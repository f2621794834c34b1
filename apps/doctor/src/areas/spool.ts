import { dirname } from "node:path";
import type { WorkerOptions } from "@mod-gearman/config";
import { Notes } from "../finding.ts";
import type { Site } from "../site.ts";
import type { World } from "../world.ts";

const STATE_FOLDER = "/var/lib/mod-gearman";
const SEGMENT = /^\d{16}\.spool$/;
const DAMAGED = /^\d{16}\.spool\.damaged$/;
const EMPTY_BYTES = 64; // a segment without records is its magic number
const OLD_MS = 300_000;
const FULL = 0.95;
const SCRIPT_WRITE = 0o200;

/** Where a worker of this machine keeps results while no job server takes them. */
export function examineSpool(site: Site, world: World): Notes {
  const notes = new Notes("spool");
  const options = site.worker?.loaded?.options;
  if (options === undefined) {
    notes.skip("the spool of results: no usable configuration of a worker was found on this machine");
    return notes;
  }
  if (options.resultSpool === false) {
    notes.warning({
      id: "no-spool",
      what: "result_spool=off",
      meaning: "Results that no job server takes are kept in memory, and are lost when the worker ends.",
      advice: "Remove the line, or name a folder.",
    });
    return notes;
  }
  const folders = spoolFolders(options, world);
  if (folders.length === 0) notes.skip("the spool of results: the worker has not made one yet");
  for (const folder of folders) examineFolder(folder, options, world, notes);
  return notes;
}

/** Folders of all workers of this machine, where it is not said which. */
function spoolFolders({ resultSpool, pidfile }: WorkerOptions, { machine }: World): string[] {
  if (typeof resultSpool === "string") return [resultSpool];
  const parents = [STATE_FOLDER, ...(pidfile === undefined ? [] : [dirname(pidfile)])];
  return parents.flatMap((parent) =>
    (machine.names(parent) ?? [])
      .filter((name) => name.startsWith("spool-"))
      .map((name) => `${parent}/${name}`),
  );
}

function examineFolder(
  folder: string,
  { resultSpoolBytes }: WorkerOptions,
  world: World,
  notes: Notes,
): void {
  const facts = world.machine.facts(folder);
  const names = world.machine.names(folder);
  if (facts?.kind === "folder" && names === undefined && (facts.mode & SCRIPT_WRITE) !== 0) {
    notes.skip(`the spool of results: ${folder} is that of another user; root may look into it`);
    return;
  }
  if (facts?.kind !== "folder" || names === undefined || (facts.mode & SCRIPT_WRITE) === 0) {
    notes.critical({
      id: "spool-unusable",
      what: `${folder} ${facts === undefined ? "does not exist" : facts.kind === "folder" ? "cannot be written or read" : "is not a folder"}`,
      meaning: "Results that no job server takes are kept in memory, and are lost when the worker ends.",
      advice: "Make the folder and give it to the worker's user (mode 0700).",
    });
    return;
  }
  examineWaiting(folder, names, resultSpoolBytes, world, notes);
  const damaged = names.filter((name) => DAMAGED.test(name));
  if (damaged.length === 0) notes.fine();
  else
    notes.warning({
      id: "spool-damaged",
      what: `${folder} holds ${damaged.length} files of damaged results`,
      meaning: "The disk changed results while they waited: these were not sent.",
      advice: "Look at the disk and the kernel's log; then remove the files *.damaged.",
    });
  const space = world.machine.space(folder);
  if (space === undefined || space.freeBytes >= resultSpoolBytes || space.used < FULL) notes.fine();
  else
    notes.critical({
      id: "spool-disk-full",
      what: `the file system of ${folder} is ${Math.round(space.used * 100)}% full`,
      meaning: "When the job servers are away, results cannot be kept.",
      advice: "Make room, or name another folder as result_spool.",
    });
}

function examineWaiting(
  folder: string,
  names: readonly string[],
  maxBytes: number,
  { machine, nowMicros }: World,
  notes: Notes,
): void {
  const segments = names
    .filter((name) => SEGMENT.test(name))
    .map((name) => machine.facts(`${folder}/${name}`))
    .filter((facts) => facts !== undefined && facts.sizeBytes > EMPTY_BYTES);
  const bytes = segments.reduce((sum, facts) => sum + (facts?.sizeBytes ?? 0), 0);
  const newestMs = Math.max(0, ...segments.map((facts) => facts?.modifiedMs ?? 0));
  const idleMs = Number(nowMicros() / 1000n) - newestMs;
  if (bytes === 0) notes.fine();
  else if (bytes > maxBytes / 2)
    notes.critical({
      id: "spool-filling",
      what: `${folder} holds ${bytes} bytes of results, ${maxBytes} at most`,
      meaning: "No job server takes results; when it is full, the oldest are dropped.",
      advice: "Look at the job servers (area network) and at the worker's log.",
    });
  else if (idleMs > OLD_MS)
    notes.warning({
      id: "spool-waiting",
      what: `results have waited in ${folder} for ${Math.round(idleMs / 1000)} s`,
      meaning: "The worker that wrote them does not run, or reaches no job server.",
      advice: "Start the worker: it sends them first.",
    });
  else notes.fine();
}
