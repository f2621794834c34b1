import { JobPeer, waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { cores } from "../src/cores.ts";
import { startJobServer } from "../src/job-servers.ts";
import { residentMib } from "../src/memory.ts";
import { needs } from "../src/needs.ts";
import { jobsInQueues } from "../src/queue-status.ts";
import { setScene } from "../src/scene.ts";
import { waitForStatus } from "../src/status-file.ts";
import { moduleConf } from "../src/workers.ts";

const RESULTS = 200_000;
/** Each is planned once within the minute of its interval, since none is answered. */
const SERVICES = 600;
const INTERVAL_S = 60;
/** Of the checks that are due. A starved core plans nothing at all. */
const LEAST = 0.5;
const LIMIT_MS = 240_000;
const MAX_GROWTH_MIB = 64;

const names = Array.from({ length: SERVICES }, (_, i) => `svc-${String(i + 1).padStart(3, "0")}`);

function result(number: number): Buffer {
  const now = (Date.now() / 1000).toFixed(6);
  const text =
    `host_name=web01\nservice_description=backlog\ncore_start_time=${now}\nstart_time=${now}\nfinish_time=${now}\n` +
    `return_code=0\nexited_ok=1\noutput=result ${number}\n\n`;
  return Buffer.from(Buffer.from(text).toString("base64"));
}

describe.for(cores)("$kind", (core) => {
  test("200,000 waiting results are applied while checks go on to be planned, without memory for them", {
    timeout: 400_000,
  }, async (context) => {
    needs(context, { core });
    const server = await startJobServer("our job server");
    onTestFinished(() => server.stop());
    const [sender, worker] = [await JobPeer.connect(server.port), await JobPeer.connect(server.port)];
    onTestFinished(async () => {
      await sender.close();
      await worker.close();
    });
    for (let from = 0; from < RESULTS; from += SERVICES) {
      const numbers = Array.from({ length: Math.min(SERVICES, RESULTS - from) }, (_, i) => from + i);
      await Promise.all(numbers.map((number) => sender.submit("check_results", result(number))));
    }
    let checks = 0;
    worker.take(["service"], () => {
      checks += 1;
    });
    const conf = moduleConf(server.port).replace("encryption=yes", "encryption=no");
    const { site, core: running } = await setScene(core, conf, (p) => ({
      commands: { state: p.statePlugin },
      hosts: [{ name: "web01", command: "state", interval: 3600 }],
      services: [
        { host: "web01", description: "backlog", command: "state", interval: 3600 },
        ...names.map((description) => ({
          host: "web01",
          description,
          command: "state",
          interval: INTERVAL_S,
        })),
      ],
    }));
    const waiting = async (): Promise<number> => (await jobsInQueues(server.port)).get("check_results") ?? 0;
    await waitFor("the first results", async () => (await waiting()) < RESULTS, LIMIT_MS);
    const [bridge = 0] = running.bridgePids();
    const pids = { core: running.pid, bridge };
    const left = (part: number) =>
      waitFor(`${part} of the results left`, async () => (await waiting()) < part * RESULTS, LIMIT_MS);
    await left(0.9);
    const before = { atMs: Date.now(), checks };
    await left(0.6); // Node has taken the memory that it works in
    const memory = Object.values(pids).map(residentMib);
    await left(0.1);
    const seconds = (Date.now() - before.atMs) / 1000;
    const meanwhile = checks - before.checks;
    const growth = Object.values(pids).map((pid, at) => residentMib(pid) - (memory[at] ?? 0));
    process.stdout.write(
      `${core.kind}: ${Math.round((0.8 * RESULTS) / seconds)} results/s for ${seconds.toFixed(1)} s, ` +
        `${(meanwhile / seconds).toFixed(1)} checks/s of ${SERVICES / INTERVAL_S} planned, ` +
        `MiB more: core and bridge ${growth.map((mib) => mib.toFixed(1)).join(", ")}\n`,
    );
    expect(meanwhile).toBeGreaterThan((LEAST * seconds * SERVICES) / INTERVAL_S);
    expect(Math.max(...growth)).toBeLessThan(MAX_GROWTH_MIB);
    await waitFor("an empty queue of results", async () => (await waiting()) === 0, LIMIT_MS);
    await waitForStatus(
      site.statusFile,
      "the last result",
      (s) => s.services.get("web01/backlog")?.get("plugin_output") === `result ${RESULTS - 1}`,
    );
    expect(await running.isRunning()).toBe(true);
  });
});
