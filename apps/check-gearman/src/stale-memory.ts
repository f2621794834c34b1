import { lstatSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { codeOf, readRegularFile } from "@mod-gearman/base";
import type { GoneSince } from "./stale-queues.ts";

/** Content of the file: `host:port` of a server to its queues. */
export type StaleMemory = ReadonlyMap<string, GoneSince>;

/** Largest file that is read, and approximately the largest that is written. */
const MAX_BYTES = 1024 * 1024;
const MAX_SERVERS = 64;
const MAX_QUEUES = 4096;
const MAX_NAME = 512;
/** Error codes of a folder, a device or FIFO, and a socket. */
const NO_FILE = ["EISDIR", "EINVAL", "ENXIO"];

/** The file cannot be used; `message` is for users. */
export class StaleMemoryError extends Error {
  override readonly name: string = "StaleMemoryError";
  readonly code = "UNUSABLE_FILE";
}

/**
 * Reads the file. Empty if it does not exist or its content is invalid: counting then starts again.
 *
 * @throws StaleMemoryError for a symbolic link and everything else but a regular file, and if it cannot be read
 */
export function readStaleMemory(path: string): StaleMemory {
  try {
    // do not follow a link that another user may have made; a FIFO must not block
    return parseStaleMemory(readRegularFile(path, MAX_BYTES, { links: "refuse" }).toString("utf8"));
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "EFBIG") return new Map();
    if (code === "ELOOP") throw unusable("it is a symbolic link", error);
    throw unusable(NO_FILE.includes(code) ? "it is not a regular file" : code, error);
  }
}

/**
 * Replaces the file atomically, so that it stays complete after a crash and with concurrent checks. Mode 0600.
 *
 * @throws StaleMemoryError if it cannot be written or is a symbolic link
 */
export function writeStaleMemory(path: string, memory: StaleMemory): void {
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false)
      throw unusable("it is not a regular file");
    writeFileSync(temporary, printStaleMemory(memory), { flag: "wx", mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error instanceof StaleMemoryError ? error : unusable(codeOf(error), error);
  }
}

function printStaleMemory(memory: StaleMemory): string {
  const servers = [...memory]
    .slice(-MAX_SERVERS)
    .map(([server, queues]) => [server, Object.fromEntries([...queues].slice(0, MAX_QUEUES))]);
  return `${JSON.stringify({ version: 1, servers: Object.fromEntries(servers) })}\n`;
}

/** Drops invalid entries. */
function parseStaleMemory(text: string): StaleMemory {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return new Map();
  }
  const servers = fieldsOf(fieldsOf(content).servers);
  return new Map(
    Object.entries(servers)
      .slice(0, MAX_SERVERS)
      .map(([server, queues]) => [server, timesOf(queues)]),
  );
}

function timesOf(queues: unknown): GoneSince {
  const times = new Map<string, number>();
  for (const [queue, at] of Object.entries(fieldsOf(queues)).slice(0, MAX_QUEUES)) {
    if (typeof at === "number" && Number.isFinite(at) && queue.length <= MAX_NAME) times.set(queue, at);
  }
  return times;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function unusable(reason: string, cause?: unknown): StaleMemoryError {
  return new StaleMemoryError(reason, { cause });
}
