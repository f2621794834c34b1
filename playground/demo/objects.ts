import { existsSync } from "node:fs";
import { join } from "node:path";

import type { SiteOptions } from "../../e2e/src/site.ts";

const PLUGIN_FOLDERS = [
  "/usr/lib/nagios/plugins",
  "/usr/lib64/nagios/plugins",
  "/usr/lib/monitoring-plugins",
  "/usr/libexec/nagios",
  "/usr/local/nagios/libexec",
];

type Objects = Pick<SiteOptions, "commands" | "hosts" | "services">;

const HOSTS = ["web-01", "web-02", "db-01", "mail-01"];

/** Commands of the monitoring plugins where installed; each has a plain shell command as stand-in. */
function checkCommands(port: number): Record<string, string> {
  const folder = PLUGIN_FOLDERS.find((path) => existsSync(path));
  const plugin = (name: string, args: string, standIn: string): string =>
    folder !== undefined && existsSync(join(folder, name)) ? `${join(folder, name)} ${args}` : standIn;
  return {
    alive: plugin("check_dummy", "0 'host is up'", "/bin/echo 'OK: host is up'"),
    load: plugin(
      "check_load",
      "-w 90,90,90 -c 99,99,99",
      "/bin/sh -c 'echo \"OK - load $(cat /proc/loadavg)\"'",
    ),
    disk: plugin("check_disk", "-w 1% -c 1% -p /", "/bin/sh -c 'echo \"DISK OK - $(df -h / | tail -1)\"'"),
    processes: plugin(
      "check_procs",
      "-w 5000 -c 9000",
      "/bin/sh -c 'echo \"PROCS OK: $(ls -d /proc/[0-9]* | wc -l)\"'",
    ),
    gearman: plugin("check_tcp", `-H 127.0.0.1 -p ${port}`, `/bin/echo 'TCP OK - port ${port}'`),
    certificate: plugin(
      "check_dummy",
      "1 'certificate ends in 12 days'",
      "/bin/sh -c 'echo WARNING; exit 1'",
    ),
  };
}

/** Four hosts with five services each, one of them in warning state. */
export function demoObjects(port: number): Objects {
  const commands = checkCommands(port);
  const checks = ["load", "disk", "processes", "gearman", "certificate"] as const;
  return {
    commands: {
      ...commands,
      remember: "/bin/echo event handler for $HOSTNAME$ $SERVICEDESC$ $SERVICESTATE$",
    },
    hosts: HOSTS.map((name) => ({ name, command: "alive", interval: 4 })),
    services: HOSTS.flatMap((host) =>
      checks.map((command) => ({
        host,
        description: command,
        command,
        interval: 3,
        eventHandler: "remember",
      })),
    ),
  };
}
