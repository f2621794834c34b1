/** Descriptors that are not connections: log, listening sockets, the runtime's own. */
const RESERVED = 32;

/** Soft limit of open files in the text of `/proc/self/limits`; undefined when unlimited or unknown. */
export function openFilesLimit(limits: string | undefined): number | undefined {
  const found = /^Max open files\s+(\d+)/m.exec(limits ?? "");
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

/**
 * How many connections `--file-descriptors` leaves room for. Node cannot raise the limit, so the lower of wish and
 * limit counts. Source: job-server.md 4.
 */
export function connectionsFor(wanted: number, limit: number | undefined): number {
  return Math.max(1, Math.min(wanted, limit ?? wanted) - RESERVED);
}
