import type { WorkerOptions } from "@mod-gearman/config";

/**
 * What a configuration asks for and this release does not do, a line each: an option without effect must not
 * look as if it had one.
 */
export function unsupportedOptions(options: WorkerOptions): string[] {
  const lines: string[] = [];
  if (options.enableEmbeddedPerl) {
    lines.push("enable_embedded_perl has no effect in this release: Perl plugins are started like any other");
  }
  return lines;
}
