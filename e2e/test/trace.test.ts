import { execFile } from "node:child_process";
import { chmodSync, chownSync, statSync, writeFileSync } from "node:fs";
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
import { readStatus, type StatusData, waitForStatus } from "../src/status-file.ts";
import { KEY, moduleConf, startWorker } from "../src/workers.ts";

const TRACE = join(root, "apps/trace/dist/main.js");
const RUN = join(root, "apps/run-check/dist/main.js");
/** Of a worker whose clock is wrong. */
const AHEAD_S = 90;
/** Bridge and worker read whole milliseconds. */
const CLOCK_STEP_MS = 2;
const TOKEN = "token-of-the-administrators";
const PAGE_CONF = "admin_command_file=SITE/core.cmd\nadmin_token_file=SITE/token\n";
/** No check runs by itself during the test. */
const INTERVAL_S = 3600;

interface ToolEnd {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function tool(path: string, args: readonly string[]): Promise<ToolEnd> {
  return new Promise((resolve) => {
    execFile(process.execPath, [path, ...args], (error, out, err) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

const trace = (...args: string[]): Promise<ToolEnd> => tool(TRACE, args);

describe.for(cores)("$kind", (core) => {
  test("mod_gearman_trace asks for a check and finds the plugin that sleeps 300 ms, mod_gearman_run and the page run it", async (context) => {
    needs(context, { core });
    const gearmand = await startJobServer("our job server");
    onTestFinished(() => gearmand.stop());
    const port = await freePort();
    const conf = `${moduleConf(gearmand.port)}admin_listen=${port}\nworker_times=yes\n${PAGE_CONF}`;
    const { site } = await setScene(core, conf, ({ folder }) => {
      const script = (name: string, line: string): string => {
        const path = join(folder, name);
        writeFileSync(path, `#!/bin/sh\nsleep 0.3\n${line}\nexit 1\n`);
        chmodSync(path, 0o755);
        return path;
      };
      const runs = join(folder, "runs");
      const slow = script("slow.sh", `echo x >>${runs}; echo run $(wc -l <${runs})`);
      const host = script("host.sh", "echo host");
      return {
        commands: { slow, host },
        hosts: [{ name: "web01", command: "host", interval: INTERVAL_S }],
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
    const { uid, gid } = statSync(site.logFile);
    const tokenFile = join(site.folder, "token");
    writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
    chownSync(tokenFile, uid, gid);
    await waitFor("the bridge", () =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    const output = (status: StatusData) => status.services.get("web01/HTTP")?.get("plugin_output");
    const runByPage = (token: string) =>
      fetch(`http://127.0.0.1:${port}/api/actions`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify({ action: "run", host: "web01", service: "HTTP" }),
      }).then(({ status }) => status);
    expect([await runByPage("another token of a page"), await runByPage(TOKEN)]).toEqual([401, 200]);
    await waitForStatus(site.statusFile, "the run by the page", (status) => output(status) === "run 1");
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

    const run = (...args: string[]) =>
      tool(RUN, ["-H", `127.0.0.1:${gearmand.port}`, "-b", `${port}`, `--key=${KEY}`, ...args]);
    // one was that of the page, two were those of the trace
    await waitForStatus(site.statusFile, "the third run", (status) => output(status) === "run 3");
    expect(await run("web01", "HTTP")).toEqual({ code: 1, out: "run 4\n", err: "" });
    expect(await run("web01")).toEqual({ code: 1, out: "host\n", err: "" });
    expect(output(readStatus(site.statusFile))).toBe("run 3");
    expect(await run("web01", "HTTP", "--apply")).toEqual({ code: 1, out: "run 5\n", err: "" });
    await waitForStatus(site.statusFile, "the fifth run", (status) => {
      expect(output(status)).toMatch(/^run [35]$/); // never that of a run by hand
      return output(status) === "run 5";
    });
    expect(await run("web01", "nothing", "-t", "1")).toMatchObject({
      code: 3,
      err: expect.stringContaining("the bridge has had no job of this check in that time"),
    });
    const stranger = await run("web01", "HTTP", "--key=another key of a site");
    expect(stranger).toMatchObject({ code: 3, err: expect.stringContaining("the bridge has another key") });

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
