import type { Layout, StandInPackage } from "../src/machine.ts";
import { coreFiles, module, PROGRAM, SITE_KEY, unit, WORKER } from "./stand-ins.ts";

const VERSION = "5.2.4";

// Names, paths and units of the Debian packages: mod_gearman, debian/*.install, debian/mod-gearman-worker.service
/** The three packages of the C suite. */
export function cSuitePackages(): StandInPackage[] {
  return [
    {
      name: "mod-gearman-module",
      version: VERSION,
      files: {
        "/etc/mod-gearman/module.conf": "# as packaged\nserver=localhost:4730\n",
        "/usr/lib/x86_64-linux-gnu/mod_gearman/mod_gearman_naemon.o": module(),
      },
    },
    {
      name: "mod-gearman-worker",
      version: VERSION,
      files: {
        "/etc/mod-gearman/worker.conf": "# as packaged\nserver=localhost:4730\n",
        "/usr/sbin/mod_gearman_worker": WORKER,
        "/usr/share/mod_gearman/mod_gearman_p1.pl": PROGRAM,
        "/lib/systemd/system/mod-gearman-worker.service": unit([
          "RuntimeDirectory=mod-gearman-worker",
          "ExecStart=/usr/sbin/mod_gearman_worker --config=/etc/mod-gearman/worker.conf --pidfile=/run/mod-gearman-worker/mod-gearman-worker.pid",
          "User=naemon",
          "Group=naemon",
        ]),
      },
    },
    {
      name: "mod-gearman-tools",
      version: VERSION,
      files: {
        "/usr/bin/gearman_top": PROGRAM,
        "/usr/lib/nagios/plugins/check_gearman": PROGRAM,
        "/usr/lib/nagios/plugins/send_gearman": PROGRAM,
        "/usr/lib/nagios/plugins/send_multi": PROGRAM,
      },
    },
  ];
}

/** Files of an administrator: settings that were changed, key, core. */
export const cSuiteFiles: Layout = {
  "/etc/mod-gearman/site.key": { text: `${SITE_KEY}\n`, mode: 0o644 },
  "/etc/mod-gearman/module.conf": `debug=0
logfile=/var/log/mod-gearman/module.log
server=localhost:4730
eventhandler=yes
services=yes
hosts=yes
do_hostchecks=yes
encryption=yes
keyfile=/etc/mod-gearman/site.key
use_uniq_jobs=on
localhostgroups=
localservicegroups=
result_workers=1
perfdata=no
perfdata_mode=1
orphan_host_checks=yes
orphan_service_checks=yes
orphan_return=2
accept_clear_results=no
latency_flatten_window=30
`,
  "/etc/mod-gearman/worker.conf": `debug=0
logfile=/var/log/mod-gearman/worker.log
server=localhost:4730
eventhandler=yes
services=yes
hosts=yes
encryption=yes
keyfile=/etc/mod-gearman/site.key
job_timeout=60
min-worker=5
max-worker=50
idle-timeout=30
max-jobs=1000
spawn-rate=1
fork_on_exec=no
load_limit1=0
show_error_output=yes
dup_results_are_passive=yes
enable_embedded_perl=on
use_embedded_perl_implicitly=off
use_perl_cache=on
p1_file=/usr/share/mod_gearman/mod_gearman_p1.pl
workaround_rc_25=off
`,
  "/usr/bin/naemon": { link: "/usr/sbin/nagios4" },
  "/usr/lib/systemd/system/naemon.service": unit([
    "Type=forking",
    "PIDFile=/observed/core.pid",
    "ExecStart=/usr/bin/naemon --daemon /etc/naemon/naemon.cfg",
  ]),
  ...coreFiles({
    etc: "/etc/naemon",
    mainFile: "/etc/naemon/naemon.cfg",
    state: "/observed",
    user: "naemon",
    lines:
      "event_broker_options=-1\nbroker_module=/usr/lib/x86_64-linux-gnu/mod_gearman/mod_gearman_naemon.o config=/etc/mod-gearman/module.conf\n",
  }),
};

/** Makes the user, the log folder and the state before, and starts what runs before a migration. */
export const C_SUITE_START = `
useradd --system --user-group naemon
install -d -o naemon -g naemon /var/log/mod-gearman
chown naemon: /observed
systemctl start mod-gearman-worker naemon`;
