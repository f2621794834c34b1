import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import type { Machine } from "./machine.ts";

/** The test core on a machine with our packages, where its program lies in /srv/neb. */
export interface CoreService {
  /** Path of its log. */
  readonly log: string;
  /** What has to be there before the packages. */
  prepare(): Promise<void>;
  /** Starts it, with the module enabled. @param onLine an event, JSON */
  start(onLine: (line: string) => void): Promise<void>;
  /** Where the module's package cannot know the core. */
  reloadByHand(): Promise<void>;
  stop(): Promise<void>;
}

/** What the test core plans. */
export interface CoreObjects {
  readonly hosts: number;
  readonly servicesPerHost: number;
  readonly intervalSeconds: number;
}

const FOLDER = "/run/core";
const EVENTS = `${FOLDER}/events`;
const SCRIPT = "/etc/naemon/start";

/**
 * With systemd it is `naemon.service` of a user `naemon`, whose configuration has the module by `mod-gearman-module enable`: so the
 * packages know it as they know a real core.
 */
export function serviceOfTestCore(machine: Machine, isSystemd: boolean, objects: CoreObjects): CoreService {
  let reader: ChildProcess | undefined;
  const read = (script: string, onLine: (line: string) => void): void => {
    reader = spawn("podman", ["exec", machine.name, "sh", "-c", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (reader.stdout !== null) createInterface({ input: reader.stdout }).on("line", onLine);
  };
  return {
    log: `${FOLDER}/core.log`,
    prepare: async () => {
      await machine.run(isSystemd ? SERVICE : `mkdir -p ${FOLDER} /etc/naemon`);
      await machine.run(`cat >${SCRIPT} <<'END'\necho $$ >${FOLDER}/pid\n${commandLine(objects)}\nEND`);
    },
    start: async (onLine) => {
      if (!isSystemd) return read(`exec sh ${SCRIPT}`, onLine);
      await machine.run("mod-gearman-module enable naemon; systemctl start naemon");
      read(`exec tail --lines=+1 --follow ${EVENTS}`, onLine);
    },
    reloadByHand: async () => {
      if (!isSystemd) await machine.run(`kill -HUP $(cat ${FOLDER}/pid)`);
    },
    stop: async () => {
      const ended = reader === undefined ? undefined : once(reader, "exit");
      if (isSystemd) {
        await machine.run("systemctl stop naemon; pkill -x tail");
      } else await machine.run(`kill $(cat ${FOLDER}/pid)`);
      await ended;
    },
  };
}

const SERVICE = `
useradd --system naemon
install -d -o naemon ${FOLDER} /etc/naemon
echo 'naemon_user=naemon' >/etc/naemon/naemon.cfg
cat >/etc/systemd/system/naemon.service <<'END'
[Service]
User=naemon
StandardOutput=append:${EVENTS}
ExecStart=/bin/sh ${SCRIPT}
ExecReload=/bin/kill -HUP $MAINPID
END
systemctl daemon-reload`;

function commandLine({ hosts, servicesPerHost, intervalSeconds }: CoreObjects): string {
  const args = [
    "--module=/usr/lib/mod_gearman/mod_gearman.so",
    "'--args=config=/etc/mod-gearman/module.conf server=localhost eventhandler=no hosts=no services=yes'",
    `--hosts=${hosts} --services=${servicesPerHost} --interval=${intervalSeconds}`,
    `--no-host-checks --events-json --check-timeout=60 --log=${FOLDER}/core.log`,
    "'--command=/plugins/check_dummy 0 $TIMET$'",
  ];
  return `exec /srv/neb/mgm-testcore ${args.join(" ")}`;
}
