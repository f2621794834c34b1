/** Descriptors that are not connections: log, listening sockets, the runtime's own. */
const RESERVED = 32;

/** Soft limit of open files in the text of `/proc/self/limits`; undefined when unlimited or unknown. */
export function openFilesLimit(limits: string | undefined): number | undefined {
  const found = /^Max open files\s+(\d+)/m.exec(limits ?? "");
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

/**
 * How many connections fit: without a free descriptor Node would close new ones without logging it. Node cannot
 * raise the limit, so the lower of limit and `--file-descriptors` counts. Source: job-server.md 4.
 *
 * @returns undefined when neither is known
 */
export function connectionsFor(wanted: number | undefined, limit: number | undefined): number | undefined {
  const descriptors = Math.min(wanted ?? Number.POSITIVE_INFINITY, limit ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(descriptors) ? Math.max(1, descriptors - RESERVED) : undefined;
}
