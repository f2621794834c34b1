import type { Layout } from "../src/machine.ts";
import { coreFiles, SITE_KEY, unit, WORKER } from "./stand-ins.ts";

// Names of options: mod-gearman-worker-go, worker.cfg
/** A machine on which an administrator has put the Go worker: program, settings, unit. The core runs on it too, with our module. */
export const goWorkerFiles: Layout = {
  "/etc/mod-gearman/secret.key": { text: `${SITE_KEY}\n`, mode: 0o644 },
  "/usr/local/bin/mod_gearman_worker": WORKER,
  "/etc/mod-gearman/worker.cfg": `debug=0
logfile=/var/log/gearman/worker.log
server=localhost:4730
eventhandler=yes
notifications=yes
services=yes
hosts=yes
encryption=yes
keyfile=/etc/mod-gearman/secret.key
job_timeout=60
min-worker=5
max-worker=50
idle-timeout=60
max-jobs=1000
spawn-rate=3
backgrounding-threshold=30
load_limit1=0
load_cpu_multi=2.5
mem_limit=70
show_error_output=yes
use_perl_cache=on
enable_embedded_perl=no
prometheus_server=127.0.0.1:9050
`,
  "/etc/systemd/system/gearman-worker.service": unit([
    "User=naemon",
    "ExecStart=/usr/local/bin/mod_gearman_worker --config=/etc/mod-gearman/worker.cfg",
  ]),
  "/etc/mod-gearman/module.conf":
    "server=localhost:4730\nkeyfile=/etc/mod-gearman/secret.key\nservices=yes\n",
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
      "event_broker_options=-1\nbroker_module=/usr/lib/mod_gearman/mod_gearman.so config=/etc/mod-gearman/module.conf\n",
  }),
};

/** Our module is there already: its core gives the worker something to do. */
export const GO_WORKER_START = `
useradd --system --user-group naemon
install -d -o naemon -g naemon /var/log/gearman
chown naemon: /observed
dpkg --force-confold --install mod-gearman-ts-runtime_*_amd64.deb mod-gearman-ts-module_*_amd64.deb >/dev/null
systemctl start gearman-worker naemon`;
