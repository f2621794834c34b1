import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

import { type Entry, executable, type Layout } from "../src/machine.ts";

/** A key as a site has one. */
export const SITE_KEY = "made-up-for-tests-0123456789";

/** A program of another suite that runs until it is ended: it knows `-d` and `--pidfile=`, and does no work. */
export const WORKER: Entry = executable(`#!/bin/bash
# stand-in for a worker
for word; do
  case $word in
    -d | --daemon) daemon=yes ;;
    --pidfile=*) pidfile=\${word#*=} ;;
  esac
done
work() { [ -z "\${pidfile:-}" ] || echo "$BASHPID" >"$pidfile"; exec -a stand-in-worker sleep infinity; }
if [ -n "\${daemon:-}" ]; then work </dev/null >/dev/null 2>&1 & else work; fi
`);

/** A program of another suite that is not run by the tests. */
export const PROGRAM: Entry = executable("#!/bin/sh\n# stand-in\nexit 3\n");

/** A module that the core can load. Needs a C compiler. */
export function module(): Entry {
  const folder = mkdtempSync(join(tmpdir(), "e2e-stand-in-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const from = join(folder, "module.o");
  const source = join(import.meta.dirname, "stand-in-module.c");
  execFileSync("cc", ["-std=c11", "-Wall", "-shared", "-fPIC", "-o", from, source]);
  return { from, mode: 0o644 };
}

/** Says who runs it: the core's own process for checks, or a worker. */
const PLUGIN = `#!/bin/sh
echo "run as $(id -un) below $(tr '\\0' ' ' </proc/$PPID/cmdline)"
`;

/** Settings and objects of a core with one service that is checked each second. */
export interface CoreFiles {
  /** Folder of its settings. */
  readonly etc: string;
  readonly mainFile: string;
  /** Where it may write. */
  readonly state: string;
  readonly user: string;
  /** Further lines of the main file. */
  readonly lines: string;
}

const OBJECTS = `define command {
  command_name who
  command_line /usr/lib/nagios/plugins/check_who
}
define timeperiod {
  timeperiod_name always
  alias always
  ${["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"].map((day) => `${day} 00:00-24:00`).join("\n  ")}
}
define contact {
  contact_name nobody
  host_notifications_enabled 0
  service_notifications_enabled 0
  host_notification_period always
  service_notification_period always
  host_notification_commands who
  service_notification_commands who
}
define host {
  host_name here
  address 127.0.0.1
  max_check_attempts 1
  check_period always
  notification_period always
  contacts nobody
}
define service {
  host_name here
  service_description who
  check_command who
  check_interval 1
  retry_interval 1
  max_check_attempts 1
  check_period always
  notification_period always
  contacts nobody
}
`;

/** Nagios 4 reads these; where a guide says Naemon, it stands in for it. */
export function coreFiles({ etc, mainFile, state, user, lines }: CoreFiles): Layout {
  return {
    "/usr/lib/nagios/plugins/check_who": executable(PLUGIN),
    [`${etc}/objects.cfg`]: OBJECTS,
    [mainFile]: `${[
      `log_file=${state}/core.log`,
      `cfg_file=${etc}/objects.cfg`,
      `object_cache_file=${state}/objects.cache`,
      `precached_object_file=${state}/objects.precache`,
      `status_file=${state}/status.dat`,
      "status_update_interval=1",
      `temp_file=${state}/core.tmp`,
      `temp_path=${state}`,
      `check_result_path=${state}`,
      `lock_file=${state}/core.pid`,
      `command_file=${state}/core.cmd`,
      `query_socket=${state}/core.qh`,
      "check_external_commands=0",
      "retain_state_information=0",
      "interval_length=1",
      `nagios_user=${user}`,
      `nagios_group=${user}`,
    ].join("\n")}\n${lines}`,
  };
}

/** A unit as those of the packages in question. */
export function unit(lines: readonly string[]): string {
  return `[Unit]\nDescription=made for tests\n\n[Service]\n${lines.join("\n")}\n\n[Install]\nWantedBy=multi-user.target\n`;
}
