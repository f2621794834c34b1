import { join } from "node:path";

import { findProgram } from "../../e2e/src/capabilities.ts";
import { programs } from "../../e2e/src/paths.ts";
import { type Running, start } from "../../e2e/src/processes.ts";
import { createSite, type Site, type SiteOptions } from "../../e2e/src/site.ts";

/** A core of this machine, or the small test core of native/neb. */
export interface DemoCore {
  readonly name: string;
  readonly site: Site;
  readonly running: Running;
}

const moduleArgs = `bridge_command=${process.execPath} bridge_arg=${programs.bridge} config=SITE/module.conf`;

function user(): string {
  return process.env.USER ?? (process.getuid?.() === 0 ? "root" : "nobody");
}

function startTestCore(site: Site, options: Pick<SiteOptions, "commands" | "hosts" | "services">): Running {
  const commands = options.services
    .slice(0, 5)
    .map((service) => `--command=${options.commands[service.command] ?? ""}`);
  return start(
    programs.testcore,
    [
      `--module=${programs.shim}`,
      `--args=${moduleArgs.replaceAll("SITE", site.folder)}`,
      `--hosts=${options.hosts.length}`,
      `--services=${options.services.length / options.hosts.length}`,
      "--interval=3",
      ...commands,
      `--status-file=${site.statusFile}`,
      `--log=${site.logFile}`,
    ],
    { TMPDIR: site.folder },
  );
}

/** Starts the first of `naemon` and `nagios4` found on this machine, else (or when wanted) the test core. */
export function startDemoCore(
  moduleConf: string,
  options: Pick<SiteOptions, "commands" | "hosts" | "services">,
  wantTestCore: boolean,
): DemoCore {
  const naemon = wantTestCore ? undefined : findProgram("naemon");
  const binary = wantTestCore ? undefined : (naemon ?? findProgram("nagios4"));
  const site = createSite({
    ...options,
    core: naemon === undefined ? "nagios4" : "naemon",
    user: user(),
    shimPath: programs.shim,
    moduleArgs,
    moduleConf,
  });
  if (binary === undefined) {
    const why = wantTestCore ? "as asked" : "no naemon or nagios4 found";
    return { name: `the test core of native/neb (${why})`, site, running: startTestCore(site, options) };
  }
  const running = start(binary, [join(site.folder, "core.cfg")], { TMPDIR: site.folder });
  return { name: binary, site, running };
}
