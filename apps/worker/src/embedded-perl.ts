import { resolve } from "node:path";
import type { WorkerOptions } from "@mod-gearman/config";
import type { EpnSettings } from "@mod-gearman/epn-client";
import { limitNames } from "./limit-names.ts";
import type { PerlScripts } from "./perl-scripts.ts";

/** Settings of embedded Perl, derived from the options. */
export interface EmbeddedPerl {
  /** Absent: Perl plugins run as programs. */
  readonly server?: EpnSettings;
  /** Also plugins without `# nagios: +epn`. */
  readonly implicit: boolean;
  /** Warnings for the administrator about options that have no effect, one per line. */
  readonly warnings: readonly string[];
}

/** Decides whether and how Perl is embedded. Source: worker.md 1.3, 7.2. */
export function embeddedPerl(options: WorkerOptions, scripts: PerlScripts): EmbeddedPerl {
  const implicit = options.useEmbeddedPerlImplicitly;
  if (!options.enableEmbeddedPerl) return { implicit, warnings: [] };
  const limits = limitNames(options);
  if (limits.length > 0) {
    const text = `enable_embedded_perl has no effect together with ${limits.join(", ")}: Perl plugins run as programs`;
    return { implicit, warnings: [text] };
  }
  const bundled = scripts.bundled();
  const { p1File } = options;
  const isUsable = p1File === undefined || scripts.isOurs(p1File);
  const server: EpnSettings = {
    script: isUsable && p1File !== undefined ? resolve(p1File) : bundled,
    keepCompiled: options.usePerlCache,
    verbosity: options.debug >= 2 ? 2 : options.debug === 1 ? 1 : 0,
  };
  if (isUsable) return { server, implicit, warnings: [] };
  return { server, implicit, warnings: [`p1_file ${p1File} is no server of this worker, using ${bundled}`] };
}

/** The line of `--check-config` about embedded Perl. */
export function describeEmbeddedPerl({ server, implicit }: EmbeddedPerl): string[] {
  if (server === undefined) return [];
  const which = implicit ? "all Perl plugins that do not refuse" : "Perl plugins that ask for it";
  const cache = server.keepCompiled ? "compiled once" : "compiled for each run";
  return [`embedded Perl: ${which}, ${cache}, by ${server.script}`];
}
