import { executable, type Layout } from "../src/machine.ts";
import { coreFiles, module, PROGRAM, SITE_KEY, WORKER } from "./stand-ins.ts";

const VERSION = "/omd/versions/5.40-labs-edition";
const SITE = "/omd/sites/demo";

/** A script below `etc/init.d` of a site, as far as it matters here: which program, which arguments. */
function initScript(name: string, daemon: string, start: string): ReturnType<typeof executable> {
  return executable(`#!/bin/bash
. $OMD_ROOT/etc/omd/site.conf
if [ "$CONFIG_MOD_GEARMAN" != "on" ] ; then
    exit 5
fi
DAEMON=${daemon}
PIDFILE=$OMD_ROOT/tmp/run/${name}.pid
case "$1" in
  start)
    mkdir -p $OMD_ROOT/tmp/run $OMD_ROOT/var/log/gearman
    ${start}
    ;;
  stop)
    pid=$(cat $PIDFILE 2>/dev/null) || exit 0
    kill $pid
    while [ -d /proc/$pid ]; do read -t 0.1 <> <(:) || :; done
    rm -f $PIDFILE
    ;;
esac
`);
}

/** `omd start|stop|restart [SERVICE]`: the scripts of the site. */
const OMD = executable(`#!/bin/bash
action=$1 service=\${2:-}
for script in $OMD_ROOT/etc/init.d/\${service:-*}; do
  case $action in
    restart) $script stop; $script start ;;
    *) $script $action ;;
  esac
done
`);

// Paths, hooks and scripts: omd, packages/{mod-gearman,mod-gearman-worker-go,gearmand}/{Makefile,*.hook,skel}
/** A version of OMD and one site of it, `MOD_GEARMAN` on. */
export function omdFiles(): Layout {
  return {
    [`${VERSION}/bin/omd`]: OMD,
    [`${VERSION}/bin/mod_gearman_worker`]: WORKER,
    [`${VERSION}/bin/mod_gearman_worker_epn.pl`]: PROGRAM,
    [`${VERSION}/bin/naemon`]: { link: "/usr/sbin/nagios4" },
    [`${VERSION}/bin/gearman_top`]: PROGRAM,
    [`${VERSION}/bin/send_gearman`]: PROGRAM,
    [`${VERSION}/bin/send_multi`]: PROGRAM,
    [`${VERSION}/lib/mod_gearman/mod_gearman_naemon.o`]: module(),
    [`${VERSION}/lib/monitoring-plugins/check_gearman`]: PROGRAM,
    [`${SITE}/version`]: { link: "../../versions/5.40-labs-edition" },
    [`${SITE}/bin`]: { link: "version/bin" },
    [`${SITE}/lib`]: { link: "version/lib" },
    [`${SITE}/local/bin/.keep`]: "",
    [`${SITE}/local/lib/monitoring-plugins/.keep`]: "",
    [`${SITE}/var/.keep`]: "",
    [`${SITE}/.profile`]: `export OMD_SITE=demo OMD_ROOT=${SITE}
export PATH=$OMD_ROOT/local/bin:$OMD_ROOT/bin:$OMD_ROOT/local/lib/perl5/bin:/usr/local/bin:/bin:/usr/bin:/sbin:/usr/sbin
export LD_LIBRARY_PATH=$OMD_ROOT/local/lib:$OMD_ROOT/lib
`,
    [`${SITE}/etc/omd/site.conf`]: `CONFIG_CORE='naemon'
CONFIG_MOD_GEARMAN='on'
CONFIG_GEARMAND='on'
CONFIG_GEARMAND_PORT='localhost:4730'
CONFIG_GEARMAN_NEB='on'
CONFIG_GEARMAN_WORKER='on'
`,
    [`${SITE}/etc/mod-gearman/port.conf`]: "server=localhost:4730\n",
    [`${SITE}/etc/mod-gearman/secret.key`]: { text: `${SITE_KEY}\n`, mode: 0o600 },
    [`${SITE}/etc/mod-gearman/naemon.cfg`]: `event_broker_options=-1
broker_module=${SITE}/lib/mod_gearman/mod_gearman_naemon.o config=${SITE}/etc/mod-gearman/server.cfg
`,
    [`${SITE}/etc/mod-gearman/server.cfg`]: `debug=0
config=${SITE}/etc/mod-gearman/port.conf
eventhandler=yes
services=yes
hosts=yes
encryption=yes
keyfile=${SITE}/etc/mod-gearman/secret.key
localhostgroups=
localservicegroups=
result_workers=1
perfdata=no
`,
    [`${SITE}/etc/mod-gearman/worker.cfg`]: `debug=0
logfile=${SITE}/var/log/gearman/worker.log
config=${SITE}/etc/mod-gearman/port.conf
eventhandler=yes
notifications=yes
services=yes
hosts=yes
encryption=yes
keyfile=${SITE}/etc/mod-gearman/secret.key
min-worker=5
max-worker=50
enable_embedded_perl=no
`,
    [`${SITE}/etc/mod-gearman/worker.cfg.d/custom.cfg`]: "job_timeout=60\n",
    [`${SITE}/etc/init.d/gearman_worker`]: initScript(
      "gearman_worker",
      "$OMD_ROOT/bin/mod_gearman_worker",
      "$DAEMON -d --config=$OMD_ROOT/etc/mod-gearman/worker.cfg --config=$OMD_ROOT/etc/mod-gearman/worker.cfg.d/ --pidfile=$PIDFILE",
    ),
    [`${SITE}/etc/init.d/naemon`]: initScript(
      "naemon",
      "$OMD_ROOT/bin/naemon",
      `cat $OMD_ROOT/etc/naemon/naemon.cfg $OMD_ROOT/etc/naemon/naemon.d/*.cfg >$OMD_ROOT/tmp/naemon.cfg
    ln -sf /observed/core.pid $PIDFILE
    $DAEMON --daemon $OMD_ROOT/tmp/naemon.cfg`,
    ),
    ...coreFiles({
      etc: `${SITE}/etc/naemon`,
      // OMD puts the files of a core's configuration together before it starts it
      mainFile: `${SITE}/etc/naemon/naemon.cfg`,
      state: "/observed",
      user: "demo",
      lines: "",
    }),
    [`${SITE}/etc/naemon/naemon.d/mod-gearman.cfg`]: { link: "../../mod-gearman/naemon.cfg" },
  };
}

/** The job server of Debian stands in for that of the site: same address. */
export const OMD_START = `
useradd --system --user-group --home ${SITE} --shell /bin/bash demo
chown -hR demo: ${SITE} /observed
chmod 755 /omd /omd/sites ${SITE}
su - demo -c 'omd start'`;
