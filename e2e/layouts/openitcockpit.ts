import type { Layout, StandInPackage } from "../src/machine.ts";
import { coreFiles, module, PROGRAM, SITE_KEY, unit, WORKER } from "./stand-ins.ts";

const VERSION = "5.0.0";

// Paths and names: openITCOCKPIT, SETUP.sh, UPDATE.sh, src/config_templates/nagios; its documentation, additional/mod-gearman
/** The packages of openITCOCKPIT that hold something of Mod-Gearman. */
export function openItCockpitPackages(): StandInPackage[] {
  return [
    {
      name: "openitcockpit-mod-gearman-worker-go-local",
      version: VERSION,
      files: {
        "/etc/openitcockpit-mod-gearman/worker.cfg": `debug=0
logfile=/opt/openitc/logs/mod_gearman/mod_gearman_worker.log
server=localhost:4730
eventhandler=yes
notifications=yes
services=yes
hosts=yes
encryption=yes
keyfile=/opt/openitc/etc/mod_gearman/secret.file
job_timeout=60
min-worker=5
max-worker=50
enable_embedded_perl=on
use_embedded_perl_implicitly=0
`,
        "/opt/openitc/mod_gearman/bin/mod_gearman_worker": WORKER,
        "/lib/systemd/system/mod-gearman-worker.service": unit([
          "User=nagios",
          "Group=nagios",
          "ExecStart=/opt/openitc/mod_gearman/bin/mod_gearman_worker --config=/etc/openitcockpit-mod-gearman/worker.cfg",
        ]),
      },
    },
    {
      name: "openitcockpit-naemon",
      version: VERSION,
      files: {
        "/opt/openitc/nagios/lib/mod_gearman_naemon.o": module(),
        "/opt/openitc/mod_gearman/bin/gearman_top": PROGRAM,
        "/opt/openitc/mod_gearman/bin/check_gearman": PROGRAM,
        "/opt/openitc/mod_gearman/bin/send_gearman": PROGRAM,
        "/opt/openitc/mod_gearman/bin/send_multi": PROGRAM,
      },
    },
  ];
}

/** What its installation and its web interface write. */
export const openItCockpitFiles: Layout = {
  "/opt/openitc/etc/mod_gearman/secret.file": { text: `${SITE_KEY}\n`, mode: 0o400 },
  "/opt/openitc/etc/mod_gearman/mod_gearman_neb.conf": `debug=0
logfile=/opt/openitc/logs/mod_gearman/mod_gearman_neb.log
server=127.0.0.1:4730
eventhandler=0
notifications=0
services=1
hosts=1
do_hostchecks=yes
route_eventhandler_like_checks=no
encryption=1
keyfile=/opt/openitc/etc/mod_gearman/secret.file
use_uniq_jobs=1
localhostgroups=
localservicegroups=
queue_custom_variable=WORKER
result_workers=1
perfdata=0
perfdata_send_all=no
perfdata_mode=1
orphan_host_checks=yes
orphan_service_checks=yes
orphan_return=2
accept_clear_results=no
latency_flatten_window=30
`,
  "/opt/openitc/nagios/bin/nagios": { link: "/usr/sbin/nagios4" },
  "/usr/lib/systemd/system/nagios.service": unit([
    "Type=forking",
    "PIDFile=/observed/core.pid",
    "ExecStart=/opt/openitc/nagios/bin/nagios --daemon /opt/openitc/nagios/etc/nagios.cfg",
  ]),
  ...coreFiles({
    etc: "/opt/openitc/nagios/etc",
    mainFile: "/opt/openitc/nagios/etc/nagios.cfg",
    state: "/observed",
    user: "nagios",
    lines:
      "event_broker_options=-1\nbroker_module=/opt/openitc/nagios/lib/mod_gearman_naemon.o config=/opt/openitc/etc/mod_gearman/mod_gearman_neb.conf\n",
  }),
};

/** One check stays on the server by its custom macro. */
const LOCAL_CHECK = `define service {
  host_name here
  service_description local
  check_command who
  check_interval 1
  retry_interval 1
  max_check_attempts 1
  check_period always
  notification_period always
  contacts nobody
  _WORKER local
}
`;

export const OPENITCOCKPIT_START = `
install -d -o nagios -g nagios /opt/openitc/logs/mod_gearman
chown nagios: /opt/openitc/etc/mod_gearman/secret.file /observed
cat >>/opt/openitc/nagios/etc/objects.cfg <<'EOF'
${LOCAL_CHECK}EOF
systemctl start mod-gearman-worker nagios`;
