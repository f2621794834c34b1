import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";

import { AppliedRuns } from "../src/applied-runs.ts";
import { bridgePids } from "../src/bridge-pids.ts";
import { CheckPlan } from "../src/check-plan.ts";
import { linesOf } from "../src/files.ts";
import { type JobServer, startJobServer } from "../src/job-servers.ts";
import { installOtherVersion } from "../src/other-version.ts";
import { type PlannedCore, preparePlannedLoad, startPlannedCore } from "../src/planned-core.ts";
import { startBareWorker } from "../src/workers.ts";

const SERVICES = 1000;
const INTERVAL_SECONDS = 10;
/** Jobs of a server that was restarted run again after some seconds, ten on a busy machine: the core must not plan them again before. */
const LONG_INTERVAL_SECONDS = 20;
const MORE_RESULTS = 100;
/** Of each kind; more in `pnpm test:long`. */
const FAULTS = Number(process.env.E2E_FAULTS ?? 2);
const TEST_MS = 120_000 + FAULTS * 30_000;
const WAIT_MS = 90_000;
/** Bounds of times, which are not judged here. */
const BOUNDS = { killMs: WAIT_MS, waitedMs: WAIT_MS, silentMs: WAIT_MS };

interface Scene {
  readonly folder: string;
  readonly server: JobServer;
  readonly plan: CheckPlan;
  /** Of the core that was started last. */
  runs(): AppliedRuns;
  startCore(): PlannedCore;
  readonly core: PlannedCore;
}

/** A test core with its bridge, one of our job servers and a worker; checks are run all the time. */
async function startScene(intervalSeconds: number): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), "e2e-load-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startJobServer("our job server");
  onTestFinished(() => server.stop());
  const worker = startBareWorker(`127.0.0.1:${server.port}`, ["--internal_check_dummy=yes"]);
  onTestFinished(async () => {
    await worker.stop();
  });
  const moduleArgs = preparePlannedLoad(folder, [server.port]);
  const plan = new CheckPlan(BOUNDS);
  const seen = { runs: new AppliedRuns() };
  const startCore = (): PlannedCore => {
    const runs = new AppliedRuns();
    seen.runs = runs;
    const core = startPlannedCore({
      folder,
      moduleArgs,
      checksPerSecond: SERVICES / intervalSeconds,
      intervalSeconds,
      onEvent: (event) => {
        plan.take(event);
        runs.take(event);
      },
    });
    onTestFinished(() => core.stop());
    return core;
  };
  const scene = { folder, server, plan, runs: () => seen.runs, startCore, core: startCore() };
  await allAnswered(scene, "at the start");
  return scene;
}

function allAnswered({ runs }: Pick<Scene, "runs">, when: string): Promise<void> {
  return runs().allAnswered(SERVICES, when, WAIT_MS);
}

/** Some more results than now. */
async function moreResults({ runs }: Pick<Scene, "runs">, when: string): Promise<void> {
  const before = runs().results;
  await waitFor(`results ${when}`, () => runs().results > before + MORE_RESULTS, WAIT_MS);
}

/** Checks that the module has given back to the core, from its log. */
function givenBack(folder: string): number {
  const counts = linesOf(join(folder, "core.log")).map(
    (line) => /(\d+) unanswered checks were given back/.exec(line)?.[1] ?? "0",
  );
  return counts.reduce((sum, count) => sum + Number(count), 0);
}

test("the module is upgraded and the core reloaded: one bridge takes over from another, none is lost or doubled", {
  timeout: TEST_MS,
}, async () => {
  const scene = await startScene(INTERVAL_SECONDS);
  const { folder, plan, core, runs } = scene;
  const seen = new Set(bridgePids(folder));
  for (let upgrade = 1; upgrade <= FAULTS; upgrade++) {
    installOtherVersion(join(folder, "mod_gearman.so"), upgrade);
    core.reload();
    await waitFor("another bridge", () => bridgePids(folder).some((pid) => !seen.has(pid)), WAIT_MS);
    await moreResults(scene, "of the next bridge");
    for (const pid of bridgePids(folder)) seen.add(pid);
  }
  await allAnswered(scene, "after the upgrades");
  expect(seen.size).toBe(FAULTS + 1);
  await waitFor("the end of the former bridges", () => bridgePids(folder).length === 1);
  const { lost, doubled } = plan.report([], Date.now());
  expect({ lost, doubled, runs: runs().doubled }).toEqual({ lost: [], doubled: [], runs: [] });
});

test("the bridge is killed: what was not answered is given back, no result is applied twice, nothing is stuck", {
  timeout: TEST_MS,
}, async () => {
  const scene = await startScene(INTERVAL_SECONDS);
  const { folder, plan, runs } = scene;
  for (let fault = 1; fault <= FAULTS; fault++) {
    const [bridge = 0] = bridgePids(folder);
    process.kill(bridge, "SIGKILL");
    await waitFor("another bridge", () => bridgePids(folder).some((pid) => pid !== bridge), WAIT_MS);
    await moreResults(scene, "of the next bridge");
  }
  await allAnswered(scene, "after the kills");
  expect(runs().doubled).toEqual([]);
  expect(plan.report([], Date.now()).lost.length).toBeLessThanOrEqual(givenBack(folder));
});

test("the job server is killed: its checks are run again, none is lost or doubled", {
  timeout: TEST_MS,
}, async () => {
  const scene = await startScene(LONG_INTERVAL_SECONDS);
  const { plan, runs, server } = scene;
  for (let fault = 1; fault <= FAULTS; fault++) {
    const killedMs = Date.now();
    await server.kill();
    await server.restart();
    await moreResults(scene, "after the restart");
    await waitFor("the checks that waited on it", () => plan.isAnsweredUpTo(killedMs), WAIT_MS);
  }
  await allAnswered(scene, "after the kills");
  const { lost, doubled } = plan.report([], Date.now());
  expect({ lost, doubled, runs: runs().doubled }).toEqual({ lost: [], doubled: [], runs: [] });
});

test("the core is killed: the next one gets each result once and checks everything", {
  timeout: TEST_MS,
}, async () => {
  const scene = await startScene(INTERVAL_SECONDS);
  const { folder, runs } = scene;
  let { core } = scene;
  for (let fault = 1; fault <= FAULTS; fault++) {
    await core.kill();
    core = scene.startCore();
    await moreResults(scene, "of the next core");
    expect(runs().doubled).toEqual([]);
  }
  await allAnswered(scene, "after the kills");
  expect(runs().doubled).toEqual([]);
  await waitFor("the end of the former bridges", () => bridgePids(folder).length === 1, WAIT_MS);
});
