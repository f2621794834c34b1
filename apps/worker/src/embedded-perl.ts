import { resolve } from "node:path";
import type { WorkerOptions } from "@mod-gearman/config";
import type { EpnSettings } from "@mod-gearman/epn-client";
import { limitNames } from "./limit-names.ts";
import type { PerlScripts } from "./perl-scripts.ts";

/** What the options on embedded Perl come to. */
export interface EmbeddedPerl {
  /** Absent: Perl plugins run as programs. */
  readonly server?: EpnSettings;
  /** Also plugins that do not ask for it. */
  readonly implicit: boolean;
  /** What whoever wrote the configuration has to know, a line each: nothing may look as if it had an effect. */
  readonly notes: readonly string[];
}

/** Decides whether and how Perl is embedded. Source: worker.md 1.3, 7.2. */
export function embeddedPerl(options: WorkerOptions, scripts: PerlScripts): EmbeddedPerl {
  const implicit = options.useEmbeddedPerlImplicitly;
  if (!options.enableEmbeddedPerl) return { implicit, notes: [] };
  const limits = limitNames(options);
  if (limits.length > 0) {
    const text = `enable_embedded_perl has no effect together with ${limits.join(", ")}: Perl plugins run as programs`;
    return { implicit, notes: [text] };
  }
  const bundled = scripts.bundled();
  const { p1File } = options;
  const isUsable = p1File === undefined || scripts.isOurs(p1File);
  const server: EpnSettings = {
    script: isUsable && p1File !== undefined ? resolve(p1File) : bundled,
    keepCompiled: options.usePerlCache,
    verbosity: options.debug >= 2 ? 2 : options.debug === 1 ? 1 : 0,
  };
  if (isUsable) return { server, implicit, notes: [] };
  return { server, implicit, notes: [`p1_file ${p1File} is no server of this worker, using ${bundled}`] };
}

/** The line about it of `--check-config`. */
export function describeEmbeddedPerl({ server, implicit }: EmbeddedPerl): string[] {
  if (server === undefined) return [];
  const which = implicit ? "all Perl plugins that do not refuse" : "Perl plugins that ask for it";
  const cache = server.keepCompiled ? "compiled once" : "compiled for each run";
  return [`embedded Perl: ${which}, ${cache}, by ${server.script}`];
}
