import type { ModuleOptions } from "@mod-gearman/config";

/**
 * What a configuration asks for and this release does not do, a line each: an option without effect must not
 * look as if it had one. Options that are on by default are left out; docs/differences.md names them.
 */
export function unsupportedOptions(options: ModuleOptions): string[] {
  const lines: string[] = [];
  if (options.notifications) {
    lines.push("notifications has no effect in this release: the core itself runs notification commands");
  }
  if (options.perfdata.length > 0) {
    lines.push("perfdata has no effect in this release: no performance data is put on a job server");
  }
  if (options.exports.length > 0) {
    lines.push("export has no effect in this release: no event is put on a job server");
  }
  return lines;
}
