import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { whyNoContainers } from "../src/capabilities.ts";
import { ensureRoot } from "../src/installed/debian.ts";
import { type Machine, startMachine } from "../src/installed/machine.ts";
import { ensurePackages } from "../src/installed/packages.ts";
import {
  checkGoesThrough,
  enableModule,
  installDebs,
  leftBehind,
  OURS,
  remember,
} from "../src/installed/steps.ts";
import { skipWithout } from "../src/needs.ts";

const why = whyNoContainers();
const UNITS = ["gearmand", "mod-gearman-worker", "mod-gearman-worker@", "mod-gearman-bridge"];
const KEY = "/etc/mod-gearman/secret.key";
const SUDO_SERVICE = "/etc/nagios4/conf.d/sudo.cfg";
const START_MS = 600_000;

beforeEach((context) => skipWithout(context, why));

/** The tests of a file run in order; each goes on from where the one before has left the machine. */
describe("packages on Debian 12 with systemd", () => {
  let machine: Machine;
  beforeAll(async () => {
    if (why !== undefined) return;
    const [image, packages] = [await ensureRoot("bookworm"), await ensurePackages("amd64", ["deb"])];
    machine = await startMachine({ image, packages, init: "systemd" });
    await remember(machine);
  }, START_MS);
  afterAll(() => machine?.remove());

  test("are installed without a question, and start the server and the worker", async () => {
    await installDebs(machine);
    await machine.until("systemctl is-active gearmand gearman-job-server mod-gearman-worker", 30_000);
    expect(await machine.try("systemctl is-active nagios4 mod-gearman-bridge")).toMatchObject({
      output: "inactive\ninactive",
    });
    expect(await machine.run("systemctl --failed --no-legend")).toBe("");
  });

  test("make one key, which only root and the group of the services read", async () => {
    expect(await machine.run(`stat -c '%a %U:%G %s' ${KEY}`)).toBe("640 root:mod-gearman 33");
    expect(await machine.run("id -nG nagios")).toContain("mod-gearman");
    const before = await machine.run(`sha256sum ${KEY}`);
    await machine.run("/usr/lib/mod-gearman-ts/libexec/setup user key members");
    expect(await machine.run(`sha256sum ${KEY}`)).toBe(before);
  });

  test("let a check go through core, module, server and worker without an edited file", async () => {
    await enableModule(machine, "systemctl start nagios4");
    await checkGoesThrough(machine, "Current Users", "USERS");
    const selfTest =
      "check_gearman -H localhost --self-test -q service --keyfile=/etc/mod-gearman/secret.key";
    expect(await machine.run(selfTest)).toContain("self test of queue service passed");
  });

  test("give mod_gearman_doctor nothing to complain about, and a stopped worker something", async () => {
    const doctor = "mod_gearman_doctor --timeout=5";
    expect(await machine.try(doctor)).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        /^mod_gearman_doctor OK - nothing wrong in \d\d things looked at\|[^\n]*\nHops:\n(?: {2}[^\n]+(?:\n|$))+$/,
      ),
    });
    await machine.run("systemctl stop mod-gearman-worker");
    const { output } = await machine.try(`${doctor} --json`);
    const ids = JSON.parse(output).findings.map(({ id }: { id: string }) => id);
    expect(ids).toContain("queue-without-worker");
    await machine.run("systemctl start mod-gearman-worker");
  });

  test.for(UNITS)("%s.service is a good unit", async (unit) => {
    const path = `/lib/systemd/system/${unit}.service`;
    const instance = path.replace("@.", "@x.");
    expect(await machine.run(`systemd-analyze verify --man=no ${path} 2>&1 | grep -i gearman || :`)).toBe("");
    const rating = await machine.run(`systemd-analyze security --offline=yes ${path} | tail -n 1`);
    const exposure = Number(/level for .*: ([\d.]+) /.exec(rating)?.[1]);
    // plugins of the worker may be setuid, which rules out most of what is rated
    expect(exposure, instance).toBeLessThan(unit.includes("worker") ? 9 : 3);
  });

  test("plugins may gain privileges, job server and its clients may not", async () => {
    const flag = "sed -n 's/^NoNewPrivs:[^0-9]*//p' /proc/$(systemctl show -P MainPID $unit)/status";
    expect(await machine.run(`for unit in gearmand mod-gearman-worker; do ${flag}; done`)).toBe("1\n0");
    await machine.run("echo 'mod-gearman ALL = NOPASSWD: /usr/bin/id' >/etc/sudoers.d/plugins");
    await machine.run(`cat >${SUDO_SERVICE} <<'END'
define command {
  command_name sudo_id
  command_line /usr/bin/sudo -n /usr/bin/id
}
define service {
  use generic-service
  host_name localhost
  service_description Sudo
  check_command sudo_id
  check_interval 1
}
END
systemctl reload nagios4`);
    await checkGoesThrough(machine, "Sudo", "uid=0\\(root\\)");
    await machine.run(`rm ${SUDO_SERVICE} /etc/sudoers.d/plugins; systemctl reload nagios4`);
  });

  test("services reload and restart, and come back when they are killed", async () => {
    const pid = (unit: string): Promise<string> => machine.run(`systemctl show -P MainPID ${unit}`);
    for (const unit of ["gearmand", "mod-gearman-worker"]) {
      const before = await pid(unit);
      await machine.run(`systemctl reload ${unit}`);
      expect(await pid(unit), `${unit} after a reload`).toBe(before);
      await machine.run(`systemctl kill -s KILL ${unit}`);
      await machine.until(
        `systemctl is-active ${unit} && [ "$(systemctl show -P MainPID ${unit})" != ${before} ]`,
        30_000,
      );
      await machine.run(`systemctl restart ${unit}`);
    }
    const again = { code: 0, output: expect.stringContaining("active") };
    expect(await machine.try("systemctl is-active gearmand mod-gearman-worker nagios4")).toMatchObject(again);
  });

  test("logs are rotated", async () => {
    const files = "/etc/logrotate.d/mod-gearman-* /etc/logrotate.d/gearman-job-server";
    const rotate = `logrotate --force --state /root/rotated ${files}`;
    await machine.run(rotate);
    // the worker has its log file opened again and writes that it read its settings
    await machine.until("grep . /var/log/mod-gearman/worker.log", 10_000);
    await machine.run(`${rotate}; ls /var/log/mod-gearman/worker.log.2.gz`);
  });

  /** As cron calls it. @param command its name is looked for in cron's PATH */
  const cronLine = (command: string, input = "/dev/null"): string =>
    `env -i PATH=/usr/bin:/bin sh -c '${command}' <${input}`;
  const cron = (command: string, input?: string): Promise<string> => machine.run(cronLine(command, input));

  test.for([
    [`mod_gearman_worker testcmd "/usr/lib/nagios/plugins/check_dummy 0 fine"`, "OK: fine"],
    ["mod_gearman_bridge --check-config --config=/etc/mod-gearman/module.conf", "No warnings."],
    [". /etc/default/gearman-job-server; /usr/sbin/gearmand --check-config $PARAMS", "No warnings."],
    ["gearman_top -b -H localhost", "worker_installed"],
    ["check_gearman -H localhost -q service", "check_gearman OK"],
    [`check_gearman -H localhost --self-test -q service --keyfile=${KEY}`, "passed"],
    ["/usr/lib/nagios/plugins/check_gearman -H localhost", "check_gearman OK"],
    ["mod_gearman_queue list", "service "],
    [
      `mod_gearman_run -c "/usr/lib/nagios/plugins/check_dummy 0 fine" -q service --keyfile=${KEY}`,
      "OK: fine",
    ],
    ["/usr/sbin/mod-gearman-module status", "enabled"],
    ["mod_gearman_doctor", "mod_gearman_doctor OK"],
    ["setpriv --reuid=nagios --regid=nagios --init-groups mod_gearman_doctor", "mod_gearman_doctor OK"],
  ] as const)("%s works as cron calls it", async ([line, said]) => expect(await cron(line)).toContain(said));

  test("send_gearman and send_multi hand results to the core as cron calls them", async () => {
    const sender = `--server=localhost --encryption=yes --keyfile=${KEY} --host=localhost`;
    /** The core's own check of the service may replace a result before it is seen: it is sent until it is. */
    const shown = (command: string, output: string, input?: string): Promise<number> =>
      machine.until(
        `${cronLine(command, input)} && grep -E '^\\s*plugin_output=${output}$' /var/lib/nagios4/status.dat`,
        60_000,
      );
    const send = `send_gearman ${sender} --service="Current Load" --returncode=0 --message="sent by cron"`;
    await shown(send, "sent by cron");
    const child =
      "<no>1</no><name>Current Load</name><rc>1</rc><runtime>0.1</runtime><output>multi by cron</output>";
    await machine.run(`echo "<CHILD>${child}<error></error></CHILD>" >/root/multi`);
    const multi = `send_multi ${sender}`;
    expect(await cron(multi, "/root/multi")).toContain("1 check_multi child check submitted");
    await shown(multi, "multi by cron", "/root/multi");
  });

  test("mod_gearman_trace follows a check as cron calls it", async () => {
    await machine.run(
      "echo admin_listen=127.0.0.1:9419 >>/etc/mod-gearman/module.conf; systemctl restart nagios4",
    );
    await machine.until("bash -c ': </dev/tcp/127.0.0.1/9419'", 30_000);
    expect(await cron(`mod_gearman_trace --now localhost "Current Load"`)).toContain("TRACE OK");
    await machine.run("sed -i /^admin_listen/d /etc/mod-gearman/module.conf; systemctl restart nagios4");
  });

  test("every program of the packages starts as cron calls it", async () => {
    const links = await machine.run("find /usr/bin /usr/sbin -lname '*lib/mod-gearman-ts/*' | sort");
    const commands = links.split("\n");
    expect(commands.length).toBeGreaterThan(6);
    for (const path of commands) {
      const { output } = await machine.try(`env -i PATH=/usr/bin:/bin ${path} --version </dev/null`);
      expect(output, path).toMatch(/version \d+\.\d+\.\d+|gearmand \d+\.\d+\.\d+/);
    }
  });

  test("the bridge runs as a service too", async () => {
    await machine.run("mod-gearman-module enable --bridge-service --restart");
    expect(await machine.run("ps -o user= -p $(systemctl show -P MainPID mod-gearman-bridge)")).toBe(
      "nagios",
    );
    await machine.until(
      "grep 'connected to the bridge' /var/log/nagios4/nagios.log | grep -v socket",
      30_000,
    );
    await machine.run("mod-gearman-module enable --restart");
    expect(await machine.try("systemctl is-active mod-gearman-bridge")).toMatchObject({ output: "inactive" });
  });

  test("a removal takes the module out of the core, which goes on, and keeps settings and data", async () => {
    await machine.run(`dpkg -r ${OURS.join(" ")}`);
    await machine.run("cmp /etc/nagios4/nagios.cfg /root/before/nagios.cfg");
    expect(await machine.run("systemctl is-active nagios4")).toBe("active");
    expect(await machine.run("ls /etc/mod-gearman")).toBe("module.conf\nsecret.key\nworker.conf");
    await machine.run("test -s /var/log/mod-gearman/worker.log");
  });

  test("a purge leaves nothing", async () => {
    await machine.run(`systemctl stop nagios4; dpkg -P ${OURS.join(" ")}`);
    expect(await leftBehind(machine)).toEqual([]);
  });
});

describe("packages on Debian 12 without systemd", () => {
  let machine: Machine;
  beforeAll(async () => {
    if (why !== undefined) return;
    const [image, packages] = [await ensureRoot("bookworm"), await ensurePackages("amd64", ["deb"])];
    machine = await startMachine({ image, packages, init: "none" });
    await remember(machine);
  }, START_MS);
  afterAll(() => machine?.remove());

  const both = (action: string): string =>
    `for script in gearmand mod-gearman-worker; do /etc/init.d/$script ${action} || exit; done`;

  test("start by their init scripts, and a check goes through", async () => {
    await installDebs(machine); // starts nothing, as there is no runlevel
    await machine.run(both("start"));
    await machine.run(both("status"));
    // the sample setting is for the journal of systemd
    await machine.run("test -e /var/log/gearman-job-server/gearmand.log");
    await enableModule(machine, "/etc/init.d/nagios4 start");
    await checkGoesThrough(machine, "Current Users", "USERS");
  });

  test("the scripts reload, restart, stop and know their status", async () => {
    await machine.run(both("reload"));
    await machine.run(both("restart"));
    await machine.run(both("status"));
    await machine.run(both("start")); // they run already
    await machine.run(both("stop"));
    expect((await machine.try("/etc/init.d/gearmand status")).code).toBe(3);
    expect((await machine.try("pgrep -f '/usr/s?bin/(gearmand|mod_gearman_worker)'")).output).toBe("");
    await machine.run(both("stop"));
  });

  test("a purge leaves nothing", async () => {
    await machine.run(`/etc/init.d/nagios4 stop; dpkg -P ${OURS.join(" ")}`);
    expect(await leftBehind(machine)).toEqual([]);
  });
});
