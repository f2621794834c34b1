import { lstatSync, rmdirSync, type Stats, unlinkSync } from "node:fs";
import { opendir } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";

/** Prefix of the names of folders with sockets of servers. */
export const FOLDER_PREFIX = "mod-gearman-epn-";
export const SOCKET_NAME = "socket";

/** Limit of entries examined in a folder like /tmp. */
const MAX_ENTRIES = 10_000;
/** A starting server has no socket yet or does not listen on it. */
const NO_SOCKET_YET_MS = 60 * 60 * 1000;
const NOT_LISTENING_YET_MS = 10_000;

/**
 * Removes folders of this user in `parent` left by workers that were killed together with their servers: those whose socket
 * no process listens on, and those that have been empty for an hour. A server that outlives its worker removes its folder
 * itself.
 *
 * @param nowMs time of day, milliseconds since 1970
 */
export async function removeDeadFolders(parent: string, nowMs: number): Promise<void> {
  try {
    let left = MAX_ENTRIES;
    for await (const { name } of await opendir(parent)) {
      left -= 1;
      if (left < 0) return;
      if (name.startsWith(FOLDER_PREFIX)) await removeIfDead(join(parent, name), nowMs);
    }
  } catch {
    // making a folder in it fails too, with the reason
  }
}

async function removeIfDead(folder: string, nowMs: number): Promise<void> {
  const found = lookAt(folder);
  if (found === undefined || !found.isDirectory() || found.uid !== process.geteuid?.()) return;
  const path = join(folder, SOCKET_NAME);
  const socket = lookAt(path);
  if (socket === undefined) {
    if (nowMs - found.mtimeMs <= NO_SOCKET_YET_MS) return;
  } else {
    if (!socket.isSocket() || nowMs - socket.mtimeMs <= NOT_LISTENING_YET_MS || !(await isRefused(path)))
      return;
  }
  try {
    if (socket !== undefined) unlinkSync(path);
    rmdirSync(folder);
  } catch {
    // removed by another worker, or it has other content
  }
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** True if no process listens. */
function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "ECONNREFUSED"));
  });
}
