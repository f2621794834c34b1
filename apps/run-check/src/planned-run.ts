import type { JobForm } from "@mod-gearman/crypto";

/** What is sent to a worker. */
export interface PlannedRun {
  readonly queue: Buffer;
  readonly commandLine: Buffer;
  /** In which the job goes. */
  readonly form: JobForm;
  /** Of the plugin. */
  readonly timeoutSeconds: number;
  /** Of all that is left to be done. */
  readonly timeoutMs: number;
}

/** The plugin's time is over before that of the whole: its end is still seen. */
const PLUGIN_EARLIER_MS = 2000;

/** Seconds that a plugin has in `timeoutMs`. @param mostSeconds those of its core */
export function pluginSeconds(timeoutMs: number, mostSeconds: number = Number.POSITIVE_INFINITY): number {
  return Math.max(1, Math.min(Math.floor((timeoutMs - PLUGIN_EARLIER_MS) / 1000), mostSeconds));
}
