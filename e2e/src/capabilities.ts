import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

import { programs } from "./paths.ts";

const EXTRA_FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/sbin"];

/**
 * Full path of a program on PATH or in the system's sbin folders. Our own programs, which a package manager
 * adds to PATH with the same names, are ignored.
 */
export function findProgram(name: string): string | undefined {
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  const folders = [...path, ...EXTRA_FOLDERS];
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // next folder
    }
  }
  return undefined;
}

/** The environment variable as an absolute path; undefined if it is not set. */
function givenPrefix(variable: "E2E_NAEMON_PREFIX" | "E2E_NAGIOS_PREFIX"): string | undefined {
  const given = process.env[variable];
  return given === undefined || given === "" ? undefined : resolve(given);
}

/** `E2E_NAGIOS_PREFIX`: a Nagios to test instead of Debian's, `bin/nagios` below it; undefined if it is not set. */
export function nagiosPrefix(): string | undefined {
  return givenPrefix("E2E_NAGIOS_PREFIX");
}

/** Prefix of an installed Naemon: `E2E_NAEMON_PREFIX`, or the prefix of a `naemon` on PATH. */
export function naemonPrefix(): string | undefined {
  const given = givenPrefix("E2E_NAEMON_PREFIX");
  if (given !== undefined) return existsSync(join(given, "bin/naemon")) ? given : undefined;
  const found = findProgram("naemon");
  return found?.endsWith("/bin/naemon") ? found.slice(0, -"/bin/naemon".length) : undefined;
}

const CONTAINER_TOOLS = ["podman", "runc", "buildah", "debootstrap"];

/** Why no container can be run here; undefined if one can. */
export function whyNoContainers(): string | undefined {
  if (process.getuid?.() !== 0) return "containers need root";
  const missing = CONTAINER_TOOLS.filter((name) => findProgram(name) === undefined);
  if (missing.length > 0) return `not installed: ${missing.join(", ")}`;
  // Root of a container that may not mount has all the tools and cannot use them.
  const unshare = findProgram("unshare") ?? "unshare";
  const mount = spawnSync(unshare, ["--mount", "true"], { encoding: "utf8" });
  return mount.status === 0
    ? undefined
    : `no mounts allowed here: ${mount.error?.message ?? mount.stderr.trim()}`;
}

/** Gives containers of one network their names. */
const DNS_PLUGINS = [
  "/usr/lib/cni/dnsname",
  "/usr/lib/podman/aardvark-dns",
  "/usr/libexec/podman/aardvark-dns",
];

/** Why compose.yaml cannot be run here. */
export function whyNoCompose(): string | undefined {
  const containers = whyNoContainers();
  if (containers !== undefined) return containers;
  if (findProgram("podman-compose") === undefined) return "not installed: podman-compose";
  return DNS_PLUGINS.some((path) => existsSync(path))
    ? undefined
    : "not installed: golang-github-containernetworking-plugin-dnsname, or aardvark-dns";
}

/** Why the real gearmand cannot be used here. */
export function whyNoGearmand(): string | undefined {
  return findProgram("gearmand") === undefined
    ? "not installed: gearmand (Debian: gearman-job-server)"
    : undefined;
}

/** Why Nagios cannot be tested here. */
export function whyNoNagios(): string | undefined {
  const containers = whyNoContainers();
  const given = nagiosPrefix();
  if (containers !== undefined || given === undefined || existsSync(join(given, "bin/nagios")))
    return containers;
  return `E2E_NAGIOS_PREFIX: ${given} has no bin/nagios`;
}

/** Why Naemon cannot be tested here. */
export function whyNoNaemon(): string | undefined {
  const containers = whyNoContainers();
  if (containers !== undefined || naemonPrefix() !== undefined) return containers;
  const given = givenPrefix("E2E_NAEMON_PREFIX");
  if (given !== undefined) return `E2E_NAEMON_PREFIX: ${given} has no bin/naemon`;
  return "no Naemon found (set E2E_NAEMON_PREFIX to an installation)";
}

/** Why the programs under test cannot be started. */
export function whyNotBuilt(): string | undefined {
  const missing = Object.values(programs).filter((path) => !existsSync(path));
  return missing.length === 0 ? undefined : `not built: ${missing.join(", ")} (run pnpm build)`;
}
