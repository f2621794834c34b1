import { mkdirSync, rmdirSync, unlinkSync } from "node:fs";
import { opendir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { ListenError, lookAt, probe } from "./listener.ts";

/** Name of the folder that the module creates for the socket of one core: `native/neb/src/link/endpoint.h`. */
const FOLDER_NAME = /^mod_gearman-bridge-[A-Za-z0-9]{6}$/;
const SOCKET_NAME = "bridge.sock";
const PRIVATE = 0o700;
const MODE_BITS = 0o777;
/** Limit of examined entries in a folder like /tmp. */
const MAX_ENTRIES = 10_000;
const ABANDONED_MS = 3_600_000;

function isPrivateFolder(path: string): boolean {
  const found = lookAt(path);
  return (
    found?.isDirectory() === true && found.uid === process.geteuid?.() && (found.mode & MODE_BITS) === PRIVATE
  );
}

/** @returns the folder that the module created only for this socket; undefined for any other socket */
export function ownFolderOf(socketPath: string): string | undefined {
  const folder = dirname(socketPath);
  return FOLDER_NAME.test(basename(folder)) ? folder : undefined;
}

/**
 * Creates the folder if a cleaner has removed it. @throws ListenError CANNOT_LISTEN, also if it belongs to another user
 */
export function ensureOwnFolder(folder: string): void {
  try {
    mkdirSync(folder, PRIVATE);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== "EEXIST") throw new ListenError("CANNOT_LISTEN", message, { cause });
  }
  if (!isPrivateFolder(folder))
    throw new ListenError("CANNOT_LISTEN", `${folder} is not a private folder of this user`);
}

/** Removes the folder if it contains nothing else. */
export function removeOwnFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // the module may have created it
  }
}

async function isAbandoned(folder: string, nowMs: number): Promise<boolean> {
  if (!isPrivateFolder(folder)) return false;
  const socket = lookAt(join(folder, SOCKET_NAME));
  if (socket !== undefined)
    return socket.isSocket() && (await probe(join(folder, SOCKET_NAME))) === "refuses";
  const made = lookAt(folder)?.mtimeMs;
  return made !== undefined && nowMs - made > ABANDONED_MS;
}

/**
 * Removes folders beside `folder` that cores and bridges that were killed together have left: private folders of this
 * user whose socket no process listens on, or that have been empty for an hour. A core that still uses one creates it
 * again before it starts a bridge.
 *
 * @param nowMs time of day, milliseconds since 1970
 */
export async function removeAbandonedFolders(folder: string, nowMs: number): Promise<void> {
  let left = MAX_ENTRIES;
  for await (const { name } of await opendir(dirname(folder))) {
    left -= 1;
    if (left < 0) return;
    const other = join(dirname(folder), name);
    if (other === folder || !FOLDER_NAME.test(name) || !(await isAbandoned(other, nowMs))) continue;
    try {
      if (lookAt(join(other, SOCKET_NAME)) !== undefined) unlinkSync(join(other, SOCKET_NAME));
    } catch {
      // another bridge may have removed it
    }
    removeOwnFolder(other);
  }
}
