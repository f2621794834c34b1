import { chmodSync, copyFileSync, existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, type TestContext, test } from "vitest";

import { CheckRuns } from "../src/check-jobs.ts";
import { type JobServerKind, startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { processesWith, zombiesOf } from "../src/traces.ts";
import { compile, openFolder, startFaultyWorker } from "../src/worker-faults.ts";

const CHECK_ICMP = "/usr/lib/nagios/plugins/check_icmp";
/** A multicast group without members, limited to this network: neither answer nor error. */
const NO_MEMBERS = "224.0.0.99";
const AS_SOMEBODY = ["setpriv", "--reuid=64321", "--regid=64321", "--clear-groups"];
const SLOTS = 4;
const LIMIT_MS = 90_000;

function skip(context: TestContext, whyNot: string): never {
  Object.assign(context.task.meta, { whyNot });
  return context.skip(whyNot);
}

function needsIcmp(context: TestContext): void {
  if (!existsSync(CHECK_ICMP))
    skip(context, `not installed: ${CHECK_ICMP} (Debian: monitoring-plugins-basic)`);
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  if (addresses.every(({ internal, family }) => internal || family !== "IPv4"))
    skip(context, "no network to send a packet to");
}

async function stage(context: TestContext, kind: JobServerKind) {
  if (process.getuid?.() !== 0) skip(context, "files with other rights need root");
  needs(context, { jobServer: kind });
  const server = await startJobServer(kind);
  onTestFinished(() => server.stop());
  const mark = `E2E_SETUID=${process.pid}-${server.port}`;
  onTestFinished(() => {
    for (const pid of processesWith(mark)) process.kill(pid, "SIGKILL");
  });
  const [name = "", value = ""] = mark.split("=");
  const worker = startFaultyWorker({ under: AS_SOMEBODY, port: server.port, env: { [name]: value } });
  return { mark, worker, folder: openFolder(), runs: await CheckRuns.start(server.port) };
}

const plugins = (mark: string, worker: number): number[] =>
  processesWith(mark).filter((pid) => pid !== worker);

describe.for(["the real gearmand", "our job server"] as const)("with %s, the worker is not root", (kind) => {
  test("check_icmp, setuid root: its result, and its end at the timeout", async (context) => {
    needsIcmp(context);
    const { mark, worker, folder, runs } = await stage(context, kind);
    const plugin = join(folder, "check_icmp");
    copyFileSync(CHECK_ICMP, plugin); // the owner and mode of the file, not its capabilities
    chmodSync(plugin, 0o4755);
    const hang = `${plugin} -H ${NO_MEMBERS} -n 20 -i 10000ms -t 600`;
    await runs.submit([
      { name: "answers", command: `${plugin} -H 127.0.0.1 -n 2` },
      { name: "too late", command: hang, timeoutSeconds: 2 },
    ]);
    await runs.all(["answers", "too late"], LIMIT_MS);
    expect(runs.of("answers")).toMatchObject({ returnCode: 0, output: expect.stringMatching(/^OK - 127/) });
    expect(runs.of("too late")).toMatchObject({
      returnCode: 3,
      output: expect.stringContaining("Timed Out"),
    });
    await waitFor("its end", () => plugins(mark, worker.pid).length === 0, LIMIT_MS);
    // a dead leader keeps its process id until the last signal to its group (two seconds at most)
    await waitFor("no zombie left", () => zombiesOf(worker.pid).length === 0);
    expect(worker.output()).not.toContain("cannot be killed");
    expect(await worker.stop()).toBe(0);
  });

  test("plugins that became root: one per slot, and neither the worker nor its end is blocked", async (context) => {
    const { mark, worker, folder, runs } = await stage(context, kind);
    const plugin = await compile("worker-becomes-root.c", folder);
    chmodSync(plugin, 0o4755);
    const names = Array.from({ length: 2 * SLOTS }, (_, n) => `root-${n}`);
    await runs.submit(names.map((name) => ({ name, command: plugin, timeoutSeconds: 5 })));
    await runs.all(names, LIMIT_MS);
    for (const name of names)
      expect(runs.of(name)).toMatchObject({ returnCode: 3, output: expect.stringContaining("Timed Out") });
    await runs.submit([{ name: "afterwards", command: "/bin/echo still here" }]);
    await runs.all(["afterwards"], LIMIT_MS);
    await worker.said("plugin cannot be killed and keeps running without the worker: process ", LIMIT_MS);

    const left = plugins(mark, worker.pid);
    expect(left).toHaveLength(names.length);
    for (const pid of left.slice(0, SLOTS)) process.kill(pid, "SIGKILL");
    await waitFor(
      "those that ended to be reaped",
      () => left.slice(0, SLOTS).every((pid) => !existsSync(`/proc/${pid}`)),
      LIMIT_MS,
    );
    expect(worker.output().match(/cannot be killed/g)).toHaveLength(1); // once a minute
    expect(await worker.stop()).toBe(0);
    expect(runs.doubled()).toEqual([]);
  });
});
