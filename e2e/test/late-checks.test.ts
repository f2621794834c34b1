import { readFileSync } from "node:fs";
import { waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { cores } from "../src/cores.ts";
import { startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { jobsInQueues } from "../src/queue-status.ts";
import { setScene } from "../src/scene.ts";
import { type StatusData, waitForStatus } from "../src/status-file.ts";
import { moduleConf, startWorker } from "../src/workers.ts";

const INTERVAL_S = 20;
/** Longer than the latency, so that only the latency bounds the move. */
const WINDOW_S = 30;
const LATE_S = 7;

/** No check runs by itself during the test. */
const LONG_INTERVAL_S = 3600;

const now = (): number => Date.now() / 1000;

describe.for(cores)("$kind", (core) => {
  test("a check whose result comes late is moved by less than its latency", async (context) => {
    needs(context, { core });
    const gearmand = await startJobServer("our job server");
    onTestFinished(() => gearmand.stop());
    const { site } = await setScene(
      core,
      `${moduleConf(gearmand.port)}latency_flatten_window=${WINDOW_S}\n`,
      (p) => ({
        commands: { state: `${p.statePlugin} x`, alive: `${p.hostPlugin} x` },
        hosts: [{ name: "web01", command: "alive", interval: INTERVAL_S }],
        services: [{ host: "web01", description: "HTTP", command: "state", interval: INTERVAL_S }],
      }),
    );
    const waiting = async (): Promise<boolean> => (await jobsInQueues(gearmand.port)).get("service") === 1;
    await waitForStatus(site.statusFile, "the core has started", (s) => s.services.has("web01/HTTP"));
    site.command(`SCHEDULE_FORCED_SVC_CHECK;web01;HTTP;${Math.floor(now())}`);
    let seenAt = 0;
    const before = await waitForStatus(site.statusFile, "a check in the queue", () => {
      void waiting().then((there) => {
        if (there && seenAt === 0) seenAt = now();
      });
      return seenAt > 0 && now() > seenAt + LATE_S;
    });
    const worker = startWorker(gearmand.port);
    onTestFinished(async () => {
      await worker.stop();
    });
    const block = (
      await waitForStatus(
        site.statusFile,
        "the late result",
        (s) => s.services.get("web01/HTTP")?.get("has_been_checked") === "1",
      )
    ).services.get("web01/HTTP");
    const number = (key: string): number => Number(block?.get(key));
    expect(number("check_latency")).toBeGreaterThan(LATE_S - 1);
    // Naemon plans the next check when it begins one, Nagios when it has its result.
    const planned =
      core.kind === "naemon"
        ? Number(before.services.get("web01/HTTP")?.get("next_check"))
        : number("last_check") + INTERVAL_S;
    expect(number("next_check") - planned).toBeGreaterThanOrEqual(1);
    expect(number("next_check") - planned).toBeLessThan(number("check_latency"));
  });

  test("a check that was due while the job server was away runs when it is back", async (context) => {
    needs(context, { core });
    const gearmand = await startJobServer("our job server");
    onTestFinished(() => gearmand.stop());
    await gearmand.kill();
    const { site } = await setScene(core, moduleConf(gearmand.port), (p) => ({
      commands: { state: `${p.statePlugin} x`, alive: `${p.hostPlugin} x` },
      hosts: [{ name: "web01", command: "alive", interval: LONG_INTERVAL_S }],
      services: [{ host: "web01", description: "HTTP", command: "state", interval: LONG_INTERVAL_S }],
    }));
    const worker = startWorker(gearmand.port);
    onTestFinished(async () => {
      await worker.stop();
    });
    const log = (): string => readFileSync(site.logFile, "latin1");
    await waitFor("the bridge", () => log().includes("the bridge is away (no job server reachable)"));
    const forced = Math.floor(now());
    site.command(`SCHEDULE_FORCED_SVC_CHECK;web01;HTTP;${forced}`);
    const held = (status: StatusData): boolean =>
      Number(status.services.get("web01/HTTP")?.get("next_check")) >
      forced + LONG_INTERVAL_S / 2 + INTERVAL_S;
    await waitForStatus(site.statusFile, "the check held", held);
    await gearmand.restart();
    await waitForStatus(
      site.statusFile,
      "its result",
      ({ services }) => services.get("web01/HTTP")?.get("has_been_checked") === "1",
    );
    expect(log()).toMatch(/ \d+ checks that were held run within \d+ s; 0 wait for their next interval/);
  });
});
