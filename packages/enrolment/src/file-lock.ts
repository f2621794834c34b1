import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, rename, unlink } from "node:fs/promises";
import { type Clock, codeOf, oneLine, processStart, readRegularFile } from "@mod-gearman/base";
import { FileLockedError } from "./file-locked-error.ts";
import { makeWhole } from "./whole-file.ts";

export interface FileLockOptions {
  readonly clock: Pick<Clock, "monotonicMs" | "setTimeout">;
  /** Name of this machine: processes of others cannot be looked up. */
  readonly host: string;
}

const WAIT_MS = 5000;
const LOOK_EVERY_MS = 250;
const MAX_LOCK_BYTES = 1000;
const READABLE = 0o644;

/**
 * Does what reads a file and writes it again while no other call does: `PATH.lock` names process and machine. A lock whose process of
 * this machine has ended is removed. Another one is waited for, five seconds.
 *
 * @throws FileLockedError if it stays; the error of `node:fs`, or of the work
 */
export async function withFileLock<T>(
  path: string,
  { clock, host }: FileLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const lock = `${path}.lock`;
  const own = `${process.pid} ${processStart(process.pid) ?? "?"} ${bootId()} ${oneLine(host, 255)}\n`;
  const endMs = clock.monotonicMs() + WAIT_MS;
  while (!(await makeWhole(lock, own, { mode: READABLE }))) {
    if (await removeStale(lock, own)) continue;
    if (clock.monotonicMs() >= endMs) throw new FileLockedError(lock, holderOf(readLock(lock)));
    await new Promise<void>((resolve) => {
      clock.setTimeout(resolve, LOOK_EVERY_MS);
    });
  }
  try {
    return await work();
  } finally {
    if (readLock(lock) === own) await unlinkIfThere(lock);
  }
}

/** Renamed first, so that of two processes the second finds that the lock is not the one that was looked at. @returns whether to try again at once */
async function removeStale(lock: string, own: string): Promise<boolean> {
  const seen = readLock(lock);
  if (seen === undefined || !isStale(seen, own)) return false;
  const aside = `${lock}.${randomBytes(6).toString("hex")}`;
  try {
    await rename(lock, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return true;
    throw error;
  }
  if (readLock(aside) !== seen)
    await link(aside, lock).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
  await unlinkIfThere(aside);
  return true;
}

function isStale(text: string, own: string): boolean {
  const [pid, start, boot, host] = wordsOf(text);
  const [, , ownBoot, ownHost] = wordsOf(own);
  if (host !== ownHost || !/^[1-9]\d*$/.test(pid)) return false;
  if (boot !== ownBoot) return true;
  const now = processStart(Number(pid));
  return now === undefined ? !isThere(Number(pid)) : now !== start;
}

/** Also a process that is hidden from this user. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

/** @returns undefined for one that is gone, or cannot be read */
function readLock(path: string): string | undefined {
  try {
    return readRegularFile(path, MAX_LOCK_BYTES, { links: "refuse" }).toString("utf8");
  } catch {
    return undefined;
  }
}

function wordsOf(text: string): [pid: string, start: string, boot: string, host: string] {
  const [pid = "", start = "", boot = "", ...host] = text.trimEnd().split(" ");
  return [pid, start, boot, host.join(" ")];
}

function holderOf(text: string | undefined): string {
  const [pid, , , host] = wordsOf(text ?? "");
  if (pid === "") return "another process";
  return oneLine(`process ${pid} on ${host}`, 300);
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return "?";
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
  });
}
