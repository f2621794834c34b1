import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { bridgePids } from "../src/bridge-pids.ts";
import { linesOf } from "../src/files.ts";
import { type JobServerKind, startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { programs } from "../src/paths.ts";
import { createPlugins } from "../src/plugins.ts";
import { start } from "../src/processes.ts";
import { waitForStatus } from "../src/status-file.ts";
import { all, ownBridge, startTestCore } from "../src/test-core.ts";
import { KEY, moduleConf, startWorker } from "../src/workers.ts";

const jobServers: readonly JobServerKind[] = ["the real gearmand", "our job server"];

describe.for(jobServers.map((jobServer) => ({ jobServer })))("test core with $jobServer", ({ jobServer }) => {
  test("checks are submitted and results applied; a reload and a killed bridge change nothing", async (context) => {
    needs(context, { jobServer });
    const plugins = createPlugins();
    onTestFinished(() => plugins.remove());
    const gearmand = await startJobServer(jobServer);
    onTestFinished(() => gearmand.stop());
    const worker = startWorker(gearmand.port);
    onTestFinished(async () => {
      await worker.stop();
    });
    const { folder, statusFile, core } = startTestCore(
      `${plugins.statePlugin} $HOSTNAME$/$SERVICEDESC$`,
      ownBridge,
      moduleConf(gearmand.port),
    );
    const ran = (output: string): boolean => output.startsWith("plugin ran for host-");
    await waitForStatus(statusFile, "all services checked", (s) => all(s, ran));
    const before = bridgePids(folder);
    expect(before).toHaveLength(1);

    process.kill(core.pid, "SIGHUP");
    await core.said('"event":"reload"');
    const reloaded = Math.floor(Date.now() / 1000);
    await waitForStatus(statusFile, "all checked after the reload", (s) => all(s, (_, at) => at > reloaded));
    expect(bridgePids(folder)).toEqual(before);

    for (const pid of before) process.kill(pid, "SIGKILL");
    const killed = Math.floor(Date.now() / 1000);
    await waitForStatus(statusFile, "all checked after the bridge was killed", (s) =>
      all(s, (_, at) => at > killed + 1),
    );
    expect(bridgePids(folder)).toHaveLength(1);
    expect(core.output()).not.toContain('"event":"local"');
  });
});

test("bridge_socket: a bridge run as a separate service, which outlives the core", async () => {
  const gearmand = await startJobServer("our job server");
  onTestFinished(() => gearmand.stop());
  const worker = startWorker(gearmand.port);
  onTestFinished(async () => {
    await worker.stop();
  });
  const folder = mkdtempSync(join(tmpdir(), "e2e-service-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const socket = join(folder, "bridge.sock");
  const bridge = start(process.execPath, [programs.bridge, `--bridge-socket=${socket}`]);
  onTestFinished(async () => {
    await bridge.stop();
  });
  const conf = moduleConf(gearmand.port);
  const first = startTestCore(
    "/bin/echo first",
    (at) => `bridge_socket=${socket} config=${at}/module.conf`,
    conf,
  );
  await waitForStatus(first.statusFile, "checks of the first core", (s) =>
    all(s, (output) => output === "first"),
  );
  expect(bridgePids(first.folder)).toEqual([]);
  expect(await first.core.stop()).toBe(0);

  const second = startTestCore(
    "/bin/echo second",
    (at) => `bridge_socket=${socket} config=${at}/module.conf`,
    conf,
  );
  await waitForStatus(second.statusFile, "checks of the second core", (s) =>
    all(s, (output) => output === "second"),
  );
  expect(await bridge.stop()).toBe(0);
});

test("without any job server checks are held, nothing runs locally, and this is logged", async () => {
  const { folder, statusFile, core } = startTestCore("/bin/echo local", ownBridge, moduleConf(1));
  const log = (): string => linesOf(join(folder, "core.log")).join("\n");
  await waitForStatus(statusFile, "the reason in the log", () =>
    log().includes("mod_gearman: ERROR - the bridge is away (no job server reachable)"),
  );
  const held = core.output().split('"event":"cancel"').length;
  const status = await waitForStatus(
    statusFile,
    "more checks held",
    (s) => s.services.size === 6 && core.output().split('"event":"cancel"').length > held + 6,
  );
  expect([...status.services.values()].map((block) => block.get("has_been_checked"))).not.toContain("1");
  expect(core.output()).not.toContain('"event":"local"');
  expect(log()).not.toContain(KEY);
});
