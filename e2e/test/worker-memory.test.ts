import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { CheckRuns } from "../src/check-jobs.ts";
import { type JobServerKind, startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { zombiesOf } from "../src/traces.ts";
import { compile, openFolder, startFaultyWorker, workerWithoutAddon } from "../src/worker-faults.ts";

const JOBS = 40;
const SHORTAGE = /taking no jobs for a while: .*(memory|ENOMEM)/g;

/** Job server, spawner. */
const stages: readonly (readonly [JobServerKind, "native" | "node"])[] = [
  ["the real gearmand", "native"],
  ["our job server", "native"],
  ["our job server", "node"],
];

describe.for(stages)("with %s, spawner: %s", ([kind, spawner]) => {
  test("ENOMEM: no result lost or duplicated, the worker continues when there is memory", async (context) => {
    needs(context, { jobServer: kind });
    const server = await startJobServer(kind);
    onTestFinished(() => server.stop());
    const folder = openFolder();
    const shortage = join(folder, "shortage");
    const under = [await compile("worker-no-memory.c", folder), shortage];
    const runs = await CheckRuns.start(server.port);
    const worker = startFaultyWorker({
      under,
      port: server.port,
      ...(spawner === "node" ? { main: workerWithoutAddon(folder) } : {}),
    });
    await runs.submit([{ name: "warm-up", command: "/bin/true" }]);
    await runs.all(["warm-up"]);
    expect(worker.output().includes("started by node:child_process")).toBe(spawner === "node");
    const children = zombiesOf(worker.pid);

    for (const round of ["first", "second"]) {
      writeFileSync(shortage, "");
      const names = Array.from({ length: JOBS }, (_, n) => `${round}-${n}`);
      const before = worker.output().match(SHORTAGE)?.length ?? 0;
      await runs.submit(names.map((name) => ({ name, command: `/bin/echo ${name}` })));
      await waitFor(
        "the shortage in the log",
        () => (worker.output().match(SHORTAGE)?.length ?? 0) > before || undefined,
        60_000,
      );
      expect(runs.missing(names)).toEqual(names);
      rmSync(shortage);
      await runs.all(names);
      // logged once, although each slot was affected
      expect((worker.output().match(SHORTAGE)?.length ?? 0) - before).toBe(1);
    }
    expect(runs.doubled()).toEqual([]);
    expect(runs.results.filter(({ returnCode }) => returnCode !== 0)).toEqual([]);
    expect(zombiesOf(worker.pid)).toEqual(children);
    expect(await worker.stop()).toBe(0);
  });
});
