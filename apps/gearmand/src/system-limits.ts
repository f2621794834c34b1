import type { KeepAlive, SystemSettings } from "@mod-gearman/addon";
import type { GearmandOptions } from "@mod-gearman/config";

/** What the native addon does for this program; `reason`: why it is missing. */
export type SystemCalls = Pick<SystemSettings, "setKeepAlive" | "setOpenFiles"> | { readonly reason: string };

/** Probes as in the options; undefined if all are those of the system. -1 is the system's. */
function wantedProbes(options: GearmandOptions): KeepAlive | undefined {
  const { keepaliveIdleSeconds, keepaliveIntervalSeconds, keepaliveCount } = options;
  const wanted = {
    idleSeconds: keepaliveIdleSeconds,
    intervalSeconds: keepaliveIntervalSeconds,
    count: keepaliveCount,
  };
  return Object.values(wanted).some((value) => value >= 0) ? wanted : undefined;
}

/** Options of the server for them. Without the addon Node sets the idle time alone. */
export function keepAliveOptions(options: GearmandOptions, calls: () => SystemCalls) {
  const wanted = wantedProbes(options);
  if (wanted === undefined) return {};
  const found = calls();
  if (!("reason" in found)) return { prepareSocket: (fd: number) => void found.setKeepAlive(fd, wanted) };
  return wanted.idleSeconds < 0 ? {} : { keepAliveIdleMs: wanted.idleSeconds * 1000 };
}

/** What cannot be set without the addon. */
export function keepAliveProblems(options: GearmandOptions, calls: () => SystemCalls): string[] {
  const lacking = [
    ...(options.keepaliveIntervalSeconds < 0 ? [] : ["keepalive-interval"]),
    ...(options.keepaliveCount < 0 ? [] : ["keepalive-count"]),
  ];
  if (lacking.length === 0) return [];
  const found = calls();
  return "reason" in found ? lacking.map((option) => `${option} has no effect: ${found.reason}`) : [];
}

/** Sets the limit of open files that is wanted, if the present one is lower. @param limit undefined: unlimited */
export function raiseOpenFiles(
  { fileDescriptors }: GearmandOptions,
  limit: number | undefined,
  calls: () => SystemCalls,
): void {
  if (fileDescriptors === undefined || limit === undefined || limit >= fileDescriptors) return;
  const found = calls();
  if (!("reason" in found)) found.setOpenFiles(fileDescriptors);
}

/** Why the limit is lower than wanted, after {@link raiseOpenFiles}. */
export function openFilesProblems(
  { fileDescriptors }: GearmandOptions,
  limit: number | undefined,
  calls: () => SystemCalls,
): string[] {
  if (fileDescriptors === undefined || limit === undefined || limit >= fileDescriptors) return [];
  const found = calls();
  const why = "reason" in found ? `: ${found.reason}` : "";
  return [`cannot raise the limit of ${limit} open files to ${fileDescriptors}${why}`];
}
