import { join } from "node:path";
import { beforeAll, expect, type TestContext, test } from "vitest";

import { C_SUITE_START, cSuiteFiles, cSuitePackages } from "../layouts/c-suite.ts";
import { GO_WORKER_START, goWorkerFiles } from "../layouts/go-worker.ts";
import { OMD_START, omdFiles } from "../layouts/omd.ts";
import { OPENITCOCKPIT_START, openItCockpitFiles, openItCockpitPackages } from "../layouts/openitcockpit.ts";
import { whyNoContainers } from "../src/capabilities.ts";
import { stepsOf } from "../src/guide.ts";
import { ensurePackages } from "../src/installed/packages.ts";
import { type Layout, type Machine, type StandInPackage, startMachine } from "../src/machine.ts";
import { skipWithout } from "../src/needs.ts";
import { waitForStatus } from "../src/status-file.ts";

const BUILD_MS = 600_000;
const why = whyNoContainers();
let ownPackages = "";
beforeAll(async () => {
  if (why === undefined) ownPackages = await ensurePackages("amd64", ["deb"]);
}, BUILD_MS);

async function machineWith(
  context: TestContext,
  packages: readonly StandInPackage[],
  layout: () => Layout,
  start: string,
): Promise<Machine> {
  skipWithout(context, why);
  const machine = await startMachine(packages, layout(), ownPackages);
  await machine.run(start);
  return machine;
}

/** Runs the steps of a guide as they are written there, those of `site` as the user of the site. */
async function follow(machine: Machine, guide: string, heading: "There" | "Back"): Promise<void> {
  for (const { user, script, line } of stepsOf(guide, heading)) {
    await machine.run(script, user === "site" ? "demo" : user).catch((cause: Error) => {
      throw new Error(`docs/migration/${guide}:${line}: ${cause.message}`, { cause });
    });
  }
}

/** Waits for a result that is newer than now and tells who has run the check. */
async function checkedBy(machine: Machine, who: RegExp, service = "who"): Promise<void> {
  const since = Math.floor(Date.now() / 1000);
  await waitForStatus(join(machine.observed, "status.dat"), `a check run by ${who}`, ({ services }) => {
    const block = services.get(`here/${service}`);
    return Number(block?.get("last_check")) > since && who.test(block?.get("plugin_output") ?? "");
  });
}

/** Contents of files, to be compared later. */
const sums = (machine: Machine, ...paths: string[]) => machine.ask(`sha256sum ${paths.join(" ")}`);

/** How many stand-ins for workers run, and how many of our packages are installed. */
const leftOver = (machine: Machine) =>
  machine.ask("pgrep -fc [s]tand-in-worker || :; dpkg -l 'mod-gearman-ts*' 2>/dev/null | grep -c ^ii || :");

test("C suite with Naemon, there and back", async (context) => {
  const machine = await machineWith(context, cSuitePackages(), () => cSuiteFiles, C_SUITE_START);
  const files = ["/etc/mod-gearman/module.conf", "/etc/mod-gearman/worker.conf", "/etc/naemon/naemon.cfg"];
  const before = await sums(machine, ...files);
  await checkedBy(machine, /run as naemon below .*naemon --worker/);

  await follow(machine, "c-suite.md", "There");
  await checkedBy(machine, /run as naemon below .*mod_gearman_worker/);
  expect(await sums(machine, ...files)).toBe(before);

  await follow(machine, "c-suite.md", "Back");
  await checkedBy(machine, /run as naemon below .*naemon --worker/);
  expect(await sums(machine, ...files)).toBe(before);
  expect(await machine.ask("stat --format=%U /var/log/mod-gearman")).toBe("naemon");
  expect(await leftOver(machine)).toBe("1\n0");
});

test("Go worker, there and back", async (context) => {
  const machine = await machineWith(context, [], () => goWorkerFiles, GO_WORKER_START);
  const files = ["/etc/mod-gearman/worker.cfg", "/etc/mod-gearman/secret.key"];
  const before = await sums(machine, ...files);

  await follow(machine, "go-worker.md", "There");
  await checkedBy(machine, /run as naemon below .*mod_gearman_worker/);
  expect(await sums(machine, ...files)).toBe(before);

  await machine.run("systemctl stop naemon; apt-get purge -y mod-gearman-ts-module");
  await follow(machine, "go-worker.md", "Back");
  expect(await sums(machine, ...files)).toBe(before);
  expect(await leftOver(machine)).toBe("1\n0");
});

test("a site of OMD, there and back", async (context) => {
  const machine = await machineWith(context, [], omdFiles, OMD_START);
  const etc = "/omd/sites/demo/etc";
  const changed = [`${etc}/init.d/gearman_worker`, `${etc}/mod-gearman/naemon.cfg`];
  const kept = ["server.cfg", "worker.cfg", "port.conf", "secret.key"].map(
    (name) => `${etc}/mod-gearman/${name}`,
  );
  const [before, ofVersion] = [
    await sums(machine, ...kept, ...changed),
    "find /omd/versions -type f,l -newer /observed",
  ];
  await checkedBy(machine, /run as demo below .*naemon --worker/);

  await follow(machine, "omd.md", "There");
  await checkedBy(machine, /run as demo below .*mod_gearman_worker/);
  expect(before).toContain(await sums(machine, ...kept));
  expect(await machine.ask(`${ofVersion}; su - demo -c 'gearman_top --version'`)).toMatch(
    /^gearman_top: version/,
  );

  await follow(machine, "omd.md", "Back");
  await checkedBy(machine, /run as demo below .*naemon --worker/);
  expect(await sums(machine, ...kept, ...changed)).toBe(before);
  expect(await leftOver(machine)).toBe("1\n0");
});

test("openITCOCKPIT, there and back", async (context) => {
  const machine = await machineWith(
    context,
    openItCockpitPackages(),
    () => openItCockpitFiles,
    OPENITCOCKPIT_START,
  );
  const files = [
    "/opt/openitc/nagios/etc/nagios.cfg",
    "/opt/openitc/etc/mod_gearman/mod_gearman_neb.conf",
    "/etc/openitcockpit-mod-gearman/worker.cfg",
    "/opt/openitc/nagios/lib/mod_gearman_naemon.o",
  ];
  const before = await sums(machine, ...files);
  await checkedBy(machine, /run as nagios below .*nagios --worker/);

  await follow(machine, "openitcockpit.md", "There");
  await checkedBy(machine, /run as nagios below .*mod_gearman_worker/);
  await checkedBy(machine, /run as nagios below .*nagios --worker/, "local");
  // an update of openITCOCKPIT brings its files again
  await machine.run("dpkg --install /srv/repository/openitcockpit-naemon_*.deb");
  expect(await machine.ask("readlink /opt/openitc/nagios/lib/mod_gearman_naemon.o")).toMatch(/^\/usr\/lib/);
  expect(before).toContain(await sums(machine, ...files.slice(0, 3)));

  await follow(machine, "openitcockpit.md", "Back");
  await checkedBy(machine, /run as nagios below .*nagios --worker/);
  expect(await sums(machine, ...files)).toBe(before);
  expect(await leftOver(machine)).toBe("1\n0");
});
