import { join } from "node:path";

import { findProgram } from "../../e2e/src/capabilities.ts";
import { linkPrograms } from "../../e2e/src/links.ts";
import { programs } from "../../e2e/src/paths.ts";
import { type Running, start } from "../../e2e/src/processes.ts";
import { createSite, type Site, type SiteOptions } from "../../e2e/src/site.ts";

/** A core of this machine, or the small test core of native/neb. */
export interface DemoCore {
  readonly name: string;
  readonly site: Site;
  readonly running: Running;
}

// The links that linkPrograms() makes.
const moduleArgs = "bridge_command=SITE/node bridge_arg=SITE/bridge.js config=SITE/module.conf";
const isRoot = process.getuid?.() === 0;

function user(): string {
  return process.env.USER ?? (isRoot ? "root" : "nobody");
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
    shimPath: "SITE/mod_gearman.so",
    moduleArgs,
    moduleConf,
  });
  linkPrograms(site.folder);
  if (binary === undefined) {
    const why = wantTestCore ? "as asked" : "no naemon or nagios4 found";
    return { name: `the test core of native/neb (${why})`, site, running: startTestCore(site, options) };
  }
  // Naemon refuses to run as root without this option; here it runs for some seconds only.
  const asRoot = naemon !== undefined && isRoot ? ["--allow-root"] : [];
  try {
    const running = start(binary, [...asRoot, join(site.folder, "core.cfg")], { TMPDIR: site.folder });
    return { name: binary, site, running };
  } catch (error) {
    site.remove();
    throw error;
  }
}
