// The packages of one version are installed over those of another and back, while the test core plans checks, on a machine without
// systemd: a container of Debian 12 where dpkg runs the real scripts and these the init scripts.
// node --conditions=source e2e/faults/packages.ts [--debs dist] [--to FOLDER] [--moves 4] [--rate 100]
// --debs holds the debs of `pnpm release`; those of the other version are made of them, unless --to has them. Needs `pnpm build`,
// root and podman. Exit code 1: a check was lost or doubled.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { waitFor } from "@mod-gearman/testkit";

import { AppliedRuns } from "../src/applied-runs.ts";
import { CheckPlan, parseCoreEvent } from "../src/check-plan.ts";
import { command } from "../src/command.ts";
import { removeContainer, runContainer } from "../src/containers.ts";
import { ensureImage } from "../src/image.ts";
import { makeOtherDebs } from "../src/other-debs.ts";
import { programs } from "../src/paths.ts";

const { values } = parseArgs({
  options: {
    debs: { type: "string", default: "dist" },
    to: { type: "string" },
    moves: { type: "string", default: "4" },
    rate: { type: "string", default: "100" },
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
mkdir -p /etc/default /etc/mod-gearman /run/core
echo 'PARAMS="--listen=localhost --queue-type=libsqlite3 --libsqlite3-db=/var/lib/gearman/queue.db"' >/etc/default/gearman-job-server
echo 'OPTIONS="--internal_check_dummy=yes --load_cpu_multi=0 --mem_limit=0 --min-worker=8 --max-worker=8"' >/etc/default/mod-gearman-worker
`;
/** In a container nothing is started unless this says so. */
const POLICY = "printf '#!/bin/sh\\nexit 0\\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d";

/** Process 1 has to wait for daemons that end, or their init script thinks they have not. */
const REAPER = "while :; do sleep 0.2; done";

const id = `mod-gearman-e2e-packages-${process.pid}`;
const inContainer = (script: string, timeoutMs = WAIT_MS): Promise<string> =>
  command("podman", ["exec", id, "sh", "-c", script], { timeoutMs });

/** Names of the debs in a folder. */
function debsIn(folder: string): string[] {
  return PACKAGES.map((name) => {
    const file = readdirSync(folder).find((one) => one.startsWith(`${name}_`) && one.endsWith("_amd64.deb"));
    if (file === undefined) throw new Error(`no ${name} in ${folder}`);
    return file;
  });
}

/** Installs all packages of a folder, as `apt install ./*.deb` would. @param mount of the folder in the container */
async function install(mount: string, folder: string): Promise<void> {
  const debs = debsIn(folder).map((file) => join(mount, file));
  await inContainer(
    `dpkg --force-confold --force-downgrade -i ${debs.join(" ")} >>/run/dpkg.log 2>&1`,
    INSTALL_MS,
  );
}

const versionOf = (folder: string): string =>
  /_(\d+\.\d+\.\d+)-/.exec(
    readdirSync(folder).find((one) => one.startsWith("mod-gearman-ts-worker_")) ?? "",
  )?.[1] ?? "";

function startCore(onLine: (line: string) => void): ChildProcess {
  const args = [
    "--module=/usr/lib/mod_gearman/mod_gearman.so",
    "'--args=config=/etc/mod-gearman/module.conf server=localhost eventhandler=no hosts=no services=yes'",
    `--hosts=${Math.ceil(SERVICES / SERVICES_PER_HOST)} --services=${SERVICES_PER_HOST} --interval=${INTERVAL_SECONDS}`,
    "--no-host-checks --events-json --check-timeout=60 --log=/run/core/core.log",
    "'--command=/plugins/check_dummy 0 $TIMET$'",
  ];
  const script = `echo $$ >/run/core/pid; exec /srv/neb/mgm-testcore ${args.join(" ")}`;
  const core = spawn("podman", ["exec", "-i", id, "sh", "-c", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  createInterface({ input: core.stdout }).on("line", onLine);
  return core;
}

/** The answer of the job server to a text command. */
function ask(text: string): Promise<string> {
  const script = `use IO::Socket::INET; my $s = IO::Socket::INET->new("127.0.0.1:4730") or die;
    print $s "${text}\\n"; while (<$s>) { last if /^\\.$/; print; last if /^OK/; }`;
  return inContainer(`perl -e '${script}'`).catch(() => "");
}

/** Versions that are running: gearmand and the worker by what they say, the bridge by the core's log. */
async function isRunning(version: string): Promise<boolean> {
  const [workers, server] = [await ask("workers"), await ask("version")];
  const bridge = await inContainer("grep -o 'bridge [0-9.]* serves' /run/core/core.log | tail -n 1").catch(
    () => "",
  );
  return (
    server.includes(version) &&
    workers.includes(`@mod_gearman_worker/${version} `) &&
    bridge === `bridge ${version} serves`
  );
}

async function run(folders: readonly string[]): Promise<number> {
  const plan = new CheckPlan(BOUNDS);
  const runs = new AppliedRuns();
  await inContainer(`${SETTINGS}${POLICY}`);
  await install("/srv/debs0", folders[0] ?? "");
  const core = startCore((line) => {
    const event = parseCoreEvent(line);
    if (event === undefined) return;
    plan.take(event);
    runs.take(event);
  });
  const ended = once(core, "exit");
  const allAnswered = (when: string): Promise<void> => runs.allAnswered(SERVICES, when, WAIT_MS);
  await allAnswered("at the start");
  for (let move = 1; move <= Number(values.moves); move++) {
    const folder = folders[move % 2] ?? "";
    const version = versionOf(folder);
    await install(`/srv/debs${move % 2}`, folder);
    await inContainer("kill -HUP $(cat /run/core/pid)"); // the module's package reloads cores that it knows
    await waitFor(`version ${version} everywhere`, () => isRunning(version), WAIT_MS);
    await allAnswered(`with version ${version}`);
    process.stdout.write(`${version}: ${plan.report([], Date.now()).answered} checks answered\n`);
  }
  const { planned, answered, lost, doubled, held } = plan.report([], Date.now());
  await inContainer("kill $(cat /run/core/pid)");
  await ended;
  process.stdout.write(
    `planned ${planned}, answered ${answered}, held ${held}, lost ${lost.length}, doubled ${doubled.length}, ` +
      `applied twice ${runs.doubled.length}\n`,
  );
  return lost.length + doubled.length + runs.doubled.length === 0 ? 0 : 1;
}

const scratch = mkdtempSync(join(tmpdir(), "e2e-debs-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
const debs = resolve(values.debs);
if (values.to === undefined) {
  const version = versionOf(debs);
  const files = debsIn(debs).map((file) => join(debs, file));
  await makeOtherDebs(files, version, `${version.slice(0, -1)}${version.endsWith("9") ? 8 : 9}`, scratch);
}
const folders = [debs, values.to === undefined ? scratch : resolve(values.to)];
const image = await ensureImage("nagios4");
await runContainer(
  id,
  ...["--network", "none", ...folders.flatMap((folder, at) => ["-v", `${folder}:/srv/debs${at}:ro`])],
  ...["-v", `${dirname(programs.testcore)}:/srv/neb:ro`, image, "sh", "-c", REAPER],
);
try {
  process.exitCode = await run(folders);
} catch (error) {
  const log =
    "tail -n 30 /run/dpkg.log /run/core/core.log /var/log/mod-gearman/* /var/log/gearman-job-server/* 2>&1; true";
  process.stderr.write(`${await inContainer(log).catch(String)}\n`);
  throw error;
} finally {
  await removeContainer(id);
}
