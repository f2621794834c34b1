// The packages of one version are installed over those of another and back, while the test core plans checks, on a Debian 12
// with systemd, where the core is a service that the module's package reloads, or with init scripts.
// node --conditions=source e2e/faults/packages.ts [--debs dist] [--to FOLDER] [--moves 4] [--rate 100] [--init systemd|none]
// --debs holds the debs of `pnpm release`; those of the other version are made of them, unless --to has them. Needs `pnpm build`,
// root and podman. Exit code 1: a check was lost or doubled.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { waitFor } from "@mod-gearman/testkit";

import { AppliedRuns } from "../src/applied-runs.ts";
import { CheckPlan, parseCoreEvent } from "../src/check-plan.ts";
import { ensureRoot } from "../src/installed/debian.ts";
import { type Machine, startMachine } from "../src/installed/machine.ts";
import { type CoreService, serviceOfTestCore } from "../src/installed/test-core-service.ts";
import { makeOtherDebs } from "../src/other-debs.ts";
import { programs } from "../src/paths.ts";

const { values } = parseArgs({
  options: {
    debs: { type: "string", default: "dist" },
    to: { type: "string" },
    moves: { type: "string", default: "4" },
    rate: { type: "string", default: "100" },
    init: { type: "string", default: "systemd" },
  },
});

const INTERVAL_SECONDS = 10;
const SERVICES_PER_HOST = 50;
const SERVICES = Number(values.rate) * INTERVAL_SECONDS;
const WAIT_MS = 120_000;
const INSTALL_MS = 300_000;
const BOUNDS = { killMs: WAIT_MS, waitedMs: WAIT_MS, silentMs: WAIT_MS };
const PACKAGES = ["runtime", "server", "worker", "module", "tools"].map((part) => `mod-gearman-ts-${part}`);
/** Settings that the check needs, made before the packages are there: dpkg keeps them as an administrator's. */
const SETTINGS = `
mkdir -p /etc/default /etc/mod-gearman
echo 'PARAMS="--listen=localhost --queue-type=libsqlite3 --libsqlite3-db=/var/lib/gearman/queue.db"' >/etc/default/gearman-job-server
echo 'OPTIONS="--internal_check_dummy=yes --load_cpu_multi=0 --mem_limit=0 --min-worker=8 --max-worker=8"' >/etc/default/mod-gearman-worker
`;
/** Without systemd and runlevel nothing is started unless this says so. */
const POLICY = "printf '#!/bin/sh\\nexit 0\\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d";

/** Names of the debs in a folder. */
function debsIn(folder: string): string[] {
  return PACKAGES.map((name) => {
    const file = readdirSync(folder).find((one) => one.startsWith(`${name}_`) && one.endsWith("_amd64.deb"));
    if (file === undefined) throw new Error(`no ${name} in ${folder}`);
    return file;
  });
}

/** Installs all packages of a folder, as `apt install ./*.deb` would. @param mount of the folder in the machine */
async function install(machine: Machine, mount: string, folder: string): Promise<void> {
  const debs = debsIn(folder).map((file) => join(mount, file));
  await machine.run(
    `DEBIAN_FRONTEND=noninteractive dpkg --force-confold --force-downgrade -i ${debs.join(" ")} >>/root/dpkg.log 2>&1 </dev/null`,
    INSTALL_MS,
  );
}

const versionOf = (folder: string): string =>
  /_(\d+\.\d+\.\d+)-/.exec(
    readdirSync(folder).find((one) => one.startsWith("mod-gearman-ts-worker_")) ?? "",
  )?.[1] ?? "";

/** The answer of the job server to a text command; empty if there is none. */
async function ask(machine: Machine, text: string): Promise<string> {
  const script = `use IO::Socket::INET; my $s = IO::Socket::INET->new("127.0.0.1:4730") or die;
    print $s "${text}\\n"; while (<$s>) { last if /^\\.$/; print; last if /^OK/; }`;
  const { code, output } = await machine.try(`perl -e '${script}'`);
  return code === 0 ? output : "";
}

/** Versions that are running: gearmand and the worker by what they say, the bridge by the core's log. */
async function isRunning(machine: Machine, core: CoreService, version: string): Promise<boolean> {
  const [workers, server] = [await ask(machine, "workers"), await ask(machine, "version")];
  const { output } = await machine.try(`grep -o 'bridge [0-9.]* serves' ${core.log} | tail -n 1`);
  return (
    server.includes(version) &&
    workers.includes(`@mod_gearman_worker/${version} `) &&
    output === `bridge ${version} serves`
  );
}

async function run(machine: Machine, folders: readonly string[]): Promise<number> {
  const plan = new CheckPlan(BOUNDS);
  const runs = new AppliedRuns();
  const core = serviceOfTestCore(machine, values.init === "systemd", {
    hosts: Math.ceil(SERVICES / SERVICES_PER_HOST),
    servicesPerHost: SERVICES_PER_HOST,
    intervalSeconds: INTERVAL_SECONDS,
  });
  await machine.run(SETTINGS);
  if (values.init === "none") await machine.run(POLICY);
  await core.prepare();
  await install(machine, "/srv/debs0", folders[0] ?? "");
  await core.start((line) => {
    const event = parseCoreEvent(line);
    if (event === undefined) return;
    plan.take(event);
    runs.take(event);
  });
  const allAnswered = (when: string): Promise<void> => runs.allAnswered(SERVICES, when, WAIT_MS);
  await allAnswered("at the start");
  for (let move = 1; move <= Number(values.moves); move++) {
    const folder = folders[move % 2] ?? "";
    const version = versionOf(folder);
    await install(machine, `/srv/debs${move % 2}`, folder);
    await core.reloadByHand();
    await waitFor(`version ${version} everywhere`, () => isRunning(machine, core, version), WAIT_MS);
    await allAnswered(`with version ${version}`);
    process.stdout.write(`${version}: ${plan.report([], Date.now()).answered} checks answered\n`);
  }
  const { planned, answered, lost, doubled, held } = plan.report([], Date.now());
  await core.stop();
  process.stdout.write(
    `planned ${planned}, answered ${answered}, held ${held}, lost ${lost.length}, doubled ${doubled.length}, ` +
      `applied twice ${runs.doubled.length}\n`,
  );
  return lost.length + doubled.length + runs.doubled.length === 0 ? 0 : 1;
}

if (values.init !== "systemd" && values.init !== "none") throw new Error(`no init ${values.init}`);
const scratch = mkdtempSync(join(tmpdir(), "e2e-debs-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
const debs = resolve(values.debs);
if (values.to === undefined) {
  const version = versionOf(debs);
  const files = debsIn(debs).map((file) => join(debs, file));
  await makeOtherDebs(files, version, `${version.slice(0, -1)}${version.endsWith("9") ? 8 : 9}`, scratch);
}
const folders = [debs, values.to === undefined ? scratch : resolve(values.to)];
const machine = await startMachine({
  image: await ensureRoot("bookworm"),
  packages: debs,
  init: values.init,
  folders: {
    ...Object.fromEntries(folders.map((folder, at) => [`/srv/debs${at}`, folder])),
    "/srv/neb": dirname(programs.testcore),
  },
});
try {
  process.exitCode = await run(machine, folders);
} catch (error) {
  const log =
    "systemctl --failed; journalctl -n 60 --no-pager; tail -n 30 /root/dpkg.log /run/core/core.log /var/log/mod-gearman/* /var/log/gearman-job-server/*";
  process.stderr.write(`${(await machine.try(log)).output}\n`);
  throw error;
} finally {
  await machine.remove();
}
