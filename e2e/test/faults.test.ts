import { describe, expect, onTestFinished, test } from "vitest";

import { cores } from "../src/cores.ts";
import { linesOf } from "../src/files.ts";
import { type JobServerKind, startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { inside } from "../src/paths.ts";
import { setScene } from "../src/scene.ts";
import { type StatusData, waitForStatus } from "../src/status-file.ts";
import { moduleConf, startWorker } from "../src/workers.ts";

const SERVICES = 20;
const jobServers: readonly JobServerKind[] = ["the real gearmand", "our job server"];
const matrix = cores.flatMap((core) => jobServers.map((jobServer) => ({ ...core, jobServer })));
const names = Array.from({ length: SERVICES }, (_, i) => `svc-${String(i + 1).padStart(2, "0")}`);

const outputOf = (status: StatusData, name: string): string =>
  status.services.get(`web01/${name}`)?.get("plugin_output") ?? "";
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Every service was checked twice after `since`: none is stuck, and the next check was scheduled too. */
async function allCheckedAgain(statusFile: string, what: string, since: number): Promise<void> {
  const checkedAfter =
    (then: number) =>
    (s: StatusData): boolean =>
      names.every((name) => Number(s.services.get(`web01/${name}`)?.get("last_check")) > then);
  await waitForStatus(statusFile, `all services checked after ${what}`, checkedAfter(since));
  await waitForStatus(statusFile, `all services checked once more after ${what}`, checkedAfter(nowSeconds()));
}

describe.for(matrix)("$kind with $jobServer", ({ jobServer, ...core }) => {
  test("kill -9 of bridge, worker and job server in turn", { timeout: 400_000 }, async (context) => {
    needs(context, { core, jobServer });
    const gearmand = await startJobServer(jobServer);
    onTestFinished(() => gearmand.stop());
    const { site, core: running } = await setScene(core, moduleConf(gearmand.port), (p) => ({
      commands: { unique: `${p.uniquePlugin} $SERVICEDESC$`, alive: `${p.hostPlugin} $HOSTNAME$` },
      hosts: [{ name: "web01", command: "alive", interval: 5 }],
      services: names.map((description) => ({ host: "web01", description, command: "unique", interval: 2 })),
      onApplied: `/bin/sh -c 'echo "$SERVICEDESC$: $SERVICEOUTPUT$" >> ${inside.core}/applied.log'`,
    }));
    let worker = startWorker(gearmand.port);
    onTestFinished(async () => {
      await worker.stop();
    });
    await waitForStatus(site.statusFile, "a first result of every service", (s) =>
      names.every((name) => outputOf(s, name).startsWith("run ")),
    );

    const bridges = running.bridgePids();
    expect(bridges).toHaveLength(1);
    const bridgeKilled = nowSeconds();
    for (const bridge of bridges) process.kill(bridge, "SIGKILL");
    await allCheckedAgain(site.statusFile, "the bridge was killed", bridgeKilled);
    expect(running.bridgePids()).toHaveLength(1);
    expect(running.bridgePids()).not.toEqual(bridges);

    await worker.kill();
    const workerKilled = nowSeconds();
    worker = startWorker(gearmand.port);
    await allCheckedAgain(site.statusFile, "the worker was killed", workerKilled);

    await gearmand.kill();
    const serverKilled = nowSeconds();
    await gearmand.restart();
    await allCheckedAgain(site.statusFile, "the job server was killed", serverKilled);

    expect(await running.isRunning()).toBe(true);
    const applied = linesOf(site.appliedFile).filter((line) => line.includes(": run "));
    expect(applied.length).toBeGreaterThan(3 * SERVICES);
    expect(new Set(applied).size).toBe(applied.length); // each run prints a unique text
  });
});
