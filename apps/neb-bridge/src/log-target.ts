import type { ModuleOptions } from "@mod-gearman/config";

type Target = "core" | "file" | "syslog" | "output";

/** Where the log of a configuration goes (neb-module.md 1.6). */
export function logTargetOf({ logmode, logfile }: Pick<ModuleOptions, "logmode" | "logfile">): Target {
  if (logmode === "file" || logmode === "automatic") return logfile === undefined ? "core" : "file";
  return logmode === "stdout" ? "output" : logmode;
}

/** The file that the log of a configuration goes to; undefined if to none. */
export function logFileTarget(options: ModuleOptions): string | undefined {
  return logTargetOf(options) === "file" ? options.logfile : undefined;
}
