import { execFile } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { cores } from "../src/cores.ts";
import { fakedClock } from "../src/faked-clock.ts";
import { startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { root } from "../src/paths.ts";
import { freePort } from "../src/processes.ts";
import { setScene } from "../src/scene.ts";
import { waitForStatus } from "../src/status-file.ts";
import { moduleConf, startWorker } from "../src/workers.ts";

const TRACE = join(root, "apps/trace/dist/main.js");
/** Of a worker whose clock is wrong. */
const AHEAD_S = 90;
/** Bridge and worker read whole milliseconds. */
const CLOCK_STEP_MS = 2;
/** No check runs by itself during the test. */
const INTERVAL_S = 3600;

interface TraceEnd {
  readonly code: number;
  readonly out: string;
}

function trace(...args: string[]): Promise<TraceEnd> {
  return new Promise((resolve) => {
    execFile(process.execPath, [TRACE, ...args], (error, out) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out }),
    );
  });
}

describe.for(cores)("$kind", (core) => {
  test("mod_gearman_trace asks for a check, and finds the plugin that sleeps 300 ms", async (context) => {
    needs(context, { core });
    const gearmand = await startJobServer("our job server");
    onTestFinished(() => gearmand.stop());
    const port = await freePort();
    const conf = `${moduleConf(gearmand.port)}admin_listen=${port}\nworker_times=yes\n`;
    const { site } = await setScene(core, conf, ({ folder }) => {
      const slow = join(folder, "slow.sh");
      writeFileSync(slow, "#!/bin/sh\nsleep 0.3\necho slow\nexit 1\n");
      chmodSync(slow, 0o755);
      return {
        commands: { slow },
        hosts: [{ name: "web01", command: "slow", interval: INTERVAL_S }],
        services: [{ host: "web01", description: "HTTP", command: "slow", interval: INTERVAL_S }],
      };
    });
    const worker = startWorker(gearmand.port);
    onTestFinished(async () => {
      await worker.stop();
    });
    await waitForStatus(site.statusFile, "the core has started", ({ services }) =>
      services.has("web01/HTTP"),
    );
    await waitFor("the bridge", () =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    const commands = `--command-file=${join(site.folder, "core.cmd")}`;
    for (const name of [["web01", "HTTP"], ["web01"]]) {
      const { code, out } = await trace("--json", "--now", `--bridge=${port}`, commands, "-t", "60", ...name);
      expect(code, out).toBe(0);
      const { check, hops } = JSON.parse(out);
      expect(check).toMatchObject({
        host: "web01",
        service: name[1] ?? null,
        worker: "e2e-worker",
        state: 1,
      });
      expect(hops.map(({ hop }: { hop: string }) => hop)).toEqual([
        ...["core", "handover", "submit", "wait", "start", "plugin", "send", "return", "apply"],
      ]);
      const times = Object.values(check.timesMs as Record<string, number | null>);
      expect(times.every((time) => typeof time === "number")).toBe(true);
      expect(hops.find(({ hop }: { hop: string }) => hop === "plugin").ms).toBeGreaterThanOrEqual(300);
    }
    const { out } = await trace("--now", `--bridge=${port}`, commands, "-t", "60", "web01", "HTTP");
    expect(out).toMatch(/^TRACE OK - web01 HTTP took \d+ ms, most of it \w+: \d+ ms\|total=/);
    expect(out).toMatch(/^[* ] plugin +\d+ ms {2}started -> ended/m);

    await worker.stop();
    const clock = fakedClock();
    onTestFinished(() => clock.close());
    clock.jump(AHEAD_S);
    const wrong = startWorker(gearmand.port, ["--identifier=wrong-clock"], clock.env);
    onTestFinished(async () => {
      await wrong.stop();
    });
    const late = await trace("--json", "--now", `--bridge=${port}`, commands, "-t", "60", "web01", "HTTP");
    const { check, totalMs } = JSON.parse(late.out);
    expect(check).toMatchObject({ worker: "wrong-clock", state: 1 });
    expect(check.clockDifferenceMs).toBeLessThanOrEqual(AHEAD_S * 1000 + CLOCK_STEP_MS);
    expect(check.clockDifferenceMs).toBeGreaterThan((AHEAD_S - 60) * 1000);
    expect(totalMs).toBeCloseTo(check.timesMs.applied - check.timesMs.planned, 0);
  });
});
