import type { Machine } from "./machine.ts";
import { checkGoesThrough, enableModule, OURS } from "./steps.ts";

/**
 * Installs the rpms in a Debian that has rpm, starts the services and lets a check go through, erases them. What they
 * require is looked for by hand, as that rpm knows no other package.
 *
 * @returns what was found @throws Error
 */
export async function installRpms(machine: Machine): Promise<string> {
  const missing = await missingRequirements(machine);
  if (missing.length > 0) throw new Error(`required and not there: ${missing.join(", ")}`);
  await machine.run("rpm -i --nodeps /packages/*.rpm");
  const changed = await machine.try("rpm -qa 'mod-gearman-ts*' | xargs rpm -V --nodeps");
  if (changed.output !== "") throw new Error(`rpm -V: ${changed.output}`);
  const link = await machine.run("readlink -f /etc/mod-gearman/worker.conf /etc/mod-gearman/module.conf");
  if (link !== "/etc/mod_gearman/worker.conf\n/etc/mod_gearman/module.conf") throw new Error(link);
  // a preset decides in an EL; Debian enables, which starts nothing
  await machine.run("systemctl start gearmand mod-gearman-worker");
  await enableModule(machine, "systemctl start nagios4");
  const ms = await checkGoesThrough(machine, "Current Users", "USERS");
  await machine.run(`rpm -e --nodeps ${OURS.join(" ")}`);
  const left = await machine.try(
    "find / -xdev \\( -path /proc -o -path /packages \\) -prune -o -path '*gearman*' -print; grep gearman /etc/nagios4/nagios.cfg",
  );
  const paths = left.output.split("\n").filter((path) => !KEPT.test(path));
  if (paths.length > 0) throw new Error(`left behind: ${paths.join(", ")}`);
  await machine.run("systemctl is-active nagios4; test -s /etc/mod-gearman/secret.key");
  return `installed, a check went through in ${(ms / 1000).toFixed(0)} s, erased; key, logs and state stay`;
}

/** rpm knows no purge. */
const KEPT =
  /^(?:\/etc\/mod[-_]gearman|\/var\/(?:lib|log)\/(?:mod-gearman|gearman|gearman-job-server))(?:\/|$)|^$/;

async function missingRequirements(machine: Machine): Promise<string[]> {
  const lines = (await machine.run("for file in /packages/*.rpm; do rpm -qp --requires $file; done")).split(
    "\n",
  );
  const missing: string[] = [];
  for (const line of new Set(lines)) {
    const known = /^(?:rpmlib\(|config\(|mod-gearman-ts|\/bin\/sh|util-linux$)/.test(line);
    if (!known && (await machine.try(lookFor(line))).code !== 0) missing.push(line);
  }
  return missing;
}

/** A command that succeeds if the system has what `requirement` names: a file, or a library with a version of its symbols. */
function lookFor(requirement: string): string {
  const [, library, version = ""] = /^(lib[\w.+-]*\.so\.\d+)\(([\w.]*)\)/.exec(requirement) ?? [];
  if (library === undefined) return `test -e ${requirement}`;
  const path = `$(ldconfig -p | sed -n 's/^\\s*${library} .*=> //p' | head -n 1)`;
  return version === "" ? `test -e ${path}` : `objdump -p ${path} | grep -w ${version}`;
}
