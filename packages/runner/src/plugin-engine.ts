import type { PluginCommand } from "@mod-gearman/addon";
import type { PluginOutcome } from "@mod-gearman/base";
import { SpawnError } from "./spawner.ts";

/**
 * Runs plugins from start to end: one call, one callback. Engines give the same outcomes for the same commands, except
 * that only the native one has limits, usage and real-time signals. A plugin that cannot be killed has its outcome in
 * time as any other; `onUnkillable` of an engine's options is called with its process id a second later, once.
 */
export interface PluginEngine {
  readonly kind: "native" | "node";
  /** Plugins that are running or whose group is still being killed. */
  readonly active: number;
  /** `done` is called once, after `start` has returned, also if nothing could be started. */
  start(command: PluginCommand, done: (outcome: PluginOutcome) => void): void;
  /** See `Runner.abortAll`. */
  abortAll(how?: "at once"): Promise<void>;
  close(): void;
}

export function failedOutcome(
  error: unknown,
  times: Pick<PluginOutcome, "startedAt" | "finishedAt">,
  aborted = false,
): PluginOutcome {
  const errno = error instanceof SpawnError ? error.errno : "EUNKNOWN";
  const text = error instanceof Error ? error.message : String(error);
  const nothing = Buffer.alloc(0);
  return {
    ...{ stdout: nothing, stderr: nothing, truncatedBytes: 0 },
    ...{ timedOut: false, aborted, error: { errno, text } },
    ...times,
  };
}
