import { execFile } from "node:child_process";
import { lookup } from "node:dns/promises";
import {
  closeSync,
  constants,
  fstatSync,
  readdirSync,
  readFileSync,
  readSync,
  statfsSync,
  statSync,
} from "node:fs";
import { openFile, ownAddresses } from "@mod-gearman/base";
import type { FileFacts, Machine, ProgramEnd } from "./world.ts";

const MAX_OUTPUT_BYTES = 65_536;

/** This machine. */
export function localMachine(): Machine {
  return {
    facts: (path) => tried(() => factsOf(path)),
    names: (folder) => tried(() => readdirSync(folder)),
    read: (path, maxBytes, offset = 0) => tried(() => readPart(path, maxBytes, offset)),
    space: (folder) => tried(() => spaceOf(folder)),
    run: runProgram,
    resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    addresses: () => tried(ownAddresses) ?? [],
    proc: (path) => tried(() => readFileSync(`/proc/${path}`, "latin1")),
    procNames: (path) => tried(() => readdirSync(`/proc/${path}`)) ?? [],
  };
}

/** What may not be seen is not there: the report says that it was not looked at. */
function tried<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

function factsOf(path: string): FileFacts {
  const stats = statSync(path);
  const { mode, uid, gid, size, mtimeMs } = stats;
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other";
  return { kind, mode, uid, gid, sizeBytes: size, modifiedMs: mtimeMs };
}

function readPart(path: string, maxBytes: number, offset: number): Buffer {
  const handle = openFile(path, constants.O_RDONLY, { links: "follow" });
  try {
    const start = offset < 0 ? Math.max(0, fstatSync(handle).size + offset) : offset;
    const buffer = Buffer.alloc(maxBytes);
    let length = 0;
    while (length < maxBytes) {
      const count = readSync(handle, buffer, length, maxBytes - length, start + length);
      if (count === 0) break;
      length += count;
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(handle);
  }
}

function spaceOf(folder: string): { freeBytes: number; used: number } {
  const { bavail, bfree, blocks, bsize } = statfsSync(folder);
  return { freeBytes: bavail * bsize, used: blocks === 0 ? 0 : 1 - bfree / blocks };
}

function runProgram(file: string, args: readonly string[], timeoutMs: number): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES, encoding: "latin1" } as const;
    execFile(file, args, options, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : undefined;
      resolve({ code, text: `${out}${err}` });
    });
  });
}
