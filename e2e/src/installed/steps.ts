import type { Machine } from "./machine.ts";

/** All packages of the suite, in the order in which they are removed. */
export const OURS = [
  "mod-gearman-ts",
  ...["module", "worker", "server", "tools", "runtime"].map((part) => `mod-gearman-ts-${part}`),
];

const CHECK_MS = 60_000;
const STATUS = "/var/lib/nagios4/status.dat";

/** Lists every file before anything is installed, for {@link leftBehind}. */
export async function remember(machine: Machine): Promise<void> {
  await machine.run("touch /root/stamp; sleep 1.1; mkdir /root/before");
  await machine.run(
    `${LIST} >/root/before/paths; cp /etc/passwd /etc/group /etc/nagios4/nagios.cfg /root/before`,
  );
}

/** Installs every package that is there. @returns what dpkg printed */
export function installDebs(machine: Machine): Promise<string> {
  return machine.run("DEBIAN_FRONTEND=noninteractive dpkg -i /packages/*.deb </dev/null");
}

/** Starts core, module, bridge, worker and server by the commands that an administrator has, without an editor. */
export async function enableModule(machine: Machine, restart: string): Promise<void> {
  await machine.run("mod-gearman-module enable");
  await machine.run(restart);
}

/**
 * Asks the core to check a service now, by its command file, until a worker has done so and the core shows the result.
 *
 * @param output regular expression that the line of status.dat with the output matches
 * @returns milliseconds that took
 */
export function checkGoesThrough(machine: Machine, service: string, output: string): Promise<number> {
  return machine.until(
    `now=$(date +%s)
echo "[$now] SCHEDULE_FORCED_SVC_CHECK;localhost;${service};$now" >/var/lib/nagios4/rw/nagios.cmd
check_gearman -H localhost -q worker_installed -s check | grep 'jobs=[1-9]' &&
sed -n '/service_description=${service}$/,/}/p' ${STATUS} | grep -E '[^_]plugin_output=${output}'`,
    CHECK_MS,
  );
}

/** What the packages brought and a purge has not removed, and what of others it has changed. */
export async function leftBehind(machine: Machine): Promise<string[]> {
  const paths = await machine.run(`${LIST} >/root/after; comm -13 /root/before/paths /root/after`);
  const newer = await machine.run(`find / ${NOT_OURS} -o -newer /root/stamp ! -type d -print`);
  const users = await machine.try(
    "for file in passwd group; do cmp /etc/$file /root/before/$file; done; cmp /etc/nagios4/nagios.cfg /root/before/nagios.cfg",
  );
  const lines = [paths, newer, users.output].join("\n").split("\n");
  return [...new Set(lines)].filter((line) => line !== "" && !CHANGED_BY_OTHERS.test(line));
}

/** Folders of the kernel and of this test. */
const NOT_OURS =
  "\\( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /root -o -path /packages \\) -prune";
const LIST = `find / ${NOT_OURS} -o -print | LC_ALL=C sort`;
/** dpkg's own records, users and groups (compared by content), the core, and what runs beside. */
const CHANGED_BY_OTHERS = new RegExp(
  [
    "^/(?:tmp|var/tmp|var/log/journal|var/lib/dpkg|var/lib/nagios4|var/log/nagios4|var/spool/exim4|var/log/exim4)(?:/|$)",
    "^/etc/(?:passwd|group|shadow|gshadow)-?$",
    "^/etc/nagios4/nagios\\.cfg$",
    "^/var/log/(?:dpkg\\.log|wtmp|btmp|lastlog|faillog|alternatives\\.log)",
    "^/var/lib/systemd/(?:random-seed|timers|catalog|linger|credential\\.secret)",
    "^/etc/(?:machine-id|resolv\\.conf|hosts|hostname|\\.pwd\\.lock)$",
    "^/etc/(?:systemd/system/[\\w.-]*wants/|rc\\d\\.d/\\w\\d\\d)nagios4(?:\\.service)?$",
  ].join("|"),
);
