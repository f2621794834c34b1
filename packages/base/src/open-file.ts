import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";

/** File calls used for opening. Tests and the spool replace them. */
export interface FileCalls {
  readonly closeSync: typeof closeSync;
  readonly fstatSync: typeof fstatSync;
  readonly openSync: typeof openSync;
}

/** Named one by one: a bundle of all of `node:fs` would load its rarely used parts at every start of a tool. */
const fileCalls = { closeSync, fstatSync, openSync, readSync };

export type FileKind = "file" | "folder" | "FIFO" | "socket" | "character device" | "block device";

export interface OpenRules {
  /**
   * Treatment of a symbolic link as the last part of the path. Follow it for files placed by an administrator
   * (configuration, keys, logs), refuse it for files written by programs only (spool, lock and pid files).
   */
  readonly links: "follow" | "refuse";
  /** In addition to regular files. Default: none. */
  readonly also?: readonly FileKind[];
  /** Mode of a new file. Default 0600. */
  readonly mode?: number;
  readonly calls?: FileCalls;
}

const { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK } = constants;
const OWNER_ONLY = 0o600;
/** Flags for every file that is opened by its name: see {@link openFile}. */
export const NEVER_WAIT: number = O_NONBLOCK | O_NOCTTY;

/**
 * Opens a file by its name without ever waiting: a FIFO blocks neither here nor in later reads and writes (EAGAIN), a
 * terminal does not become the controlling one. The caller closes the descriptor.
 *
 * @param flags `O_…` of `node:fs` for access and creation
 * @throws the error of `node:fs`; EINVAL for a kind of file that is not accepted, ELOOP for a refused link, EISDIR for a
 *   folder, ENXIO for a FIFO that is written and has no reader; the text names the reason
 */
export function openFile(path: string | Buffer, flags: number, rules: OpenRules): number {
  const { links, also = [], mode = OWNER_ONLY, calls = fileCalls } = rules;
  const always = NEVER_WAIT | (links === "refuse" ? O_NOFOLLOW : 0);
  let fd: number;
  try {
    fd = calls.openSync(path, flags | always, mode);
  } catch (error) {
    throw withReason(error, path, links);
  }
  try {
    const kind = kindOf(calls.fstatSync(fd));
    if (kind !== "file" && !also.includes(kind)) throw wrongKind(kind, path);
    return fd;
  } catch (error) {
    calls.closeSync(fd);
    throw error;
  }
}

export function kindOf(
  stats: Pick<Stats, "isFile" | "isDirectory" | "isFIFO" | "isSocket" | "isCharacterDevice">,
): FileKind {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  if (stats.isFIFO()) return "FIFO";
  if (stats.isSocket()) return "socket";
  return stats.isCharacterDevice() ? "character device" : "block device";
}

/** The error of {@link openFile} for a kind that is not accepted. */
export function wrongKind(kind: FileKind, path: string | Buffer): Error {
  if (kind === "folder") return fileError("EISDIR", "illegal operation on a directory", path);
  return fileError("EINVAL", `not a regular file but a ${kind}`, path);
}

/** Refused links and what cannot be opened at all have a reason that errno does not name. */
function withReason(error: unknown, path: string | Buffer, links: OpenRules["links"]): unknown {
  const code = codeOf(error);
  if (code === "ELOOP" && links === "refuse") return fileError("ELOOP", "it is a symbolic link", path, error);
  if (code !== "ENXIO") return error;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return error;
  const kind = kindOf(stats);
  return kind === "FIFO"
    ? fileError("ENXIO", "a FIFO that no process reads", path, error)
    : fileError("ENXIO", `not a regular file but a ${kind}`, path, error);
}

function fileError(code: string, reason: string, path: string | Buffer, cause?: unknown): Error {
  return Object.assign(new Error(`${code}: ${reason}, open '${path}'`, { cause }), { code });
}

/** The `code` of an error of `node:fs`, "" for others. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The reason in Node's message: `no such file or directory` of `ENOENT: no such file or directory, open '…'`. */
export function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return /^E[A-Z0-9]+: ([^,]+)/.exec(message)?.[1] ?? message;
}

/**
 * Reads a whole regular file of at most `maxBytes`, by its size when opened.
 *
 * @throws as {@link openFile}; EFBIG for a longer one
 */
export function readRegularFile(
  path: string | Buffer,
  maxBytes: number,
  {
    links,
    calls = fileCalls,
  }: Pick<OpenRules, "links"> & { readonly calls?: FileCalls & { readonly readSync: typeof readSync } },
): Buffer {
  const fd = openFile(path, constants.O_RDONLY, { links, calls });
  try {
    const { size } = calls.fstatSync(fd);
    if (size > maxBytes) throw fileError("EFBIG", `file longer than ${maxBytes} bytes`, path);
    const bytes = Buffer.alloc(size);
    let filled = 0;
    for (let got = -1; got !== 0 && filled < size; filled += got)
      got = calls.readSync(fd, bytes, filled, size - filled, null);
    return bytes.subarray(0, filled);
  } finally {
    calls.closeSync(fd);
  }
}
