import { describe, expect, onTestFinished, test } from "vitest";

import { cores } from "../src/cores.ts";
import { type JobServerKind, startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { setScene } from "../src/scene.ts";
import { type StatusBlock, waitForStatus } from "../src/status-file.ts";
import { moduleConf, startWorker } from "../src/workers.ts";

const jobServers: readonly JobServerKind[] = ["the real gearmand", "our job server"];
const matrix = cores.flatMap((core) => jobServers.map((jobServer) => ({ ...core, jobServer })));

const number = (block: StatusBlock | undefined, key: string): number => Number(block?.get(key));

describe.for(matrix)("$kind with $jobServer", ({ jobServer, ...core }) => {
  test("service check, host check and event handler are submitted, results are applied", async (context) => {
    needs(context, { core, jobServer });
    const gearmand = await startJobServer(jobServer);
    onTestFinished(() => gearmand.stop());
    const {
      site,
      plugins,
      core: running,
    } = await setScene(core, moduleConf(gearmand.port), (p) => ({
      commands: {
        state: `${p.statePlugin} $HOSTNAME$/$SERVICEDESC$`,
        alive: `${p.hostPlugin} $HOSTNAME$`,
        handler: `${p.handler} $HOSTNAME$ $SERVICEDESC$ $SERVICESTATE$`,
      },
      hosts: [{ name: "web01", command: "alive", interval: 2 }],
      services: [
        { host: "web01", description: "HTTP", command: "state", interval: 2, eventHandler: "handler" },
      ],
    }));

    // Before: no worker runs, so no check can have been executed; the plugins are not in the core's
    // container.
    const before = await waitForStatus(site.statusFile, "objects in the status data", (s) =>
      s.services.has("web01/HTTP"),
    );
    expect(before.services.get("web01/HTTP")?.get("has_been_checked")).toBe("0");
    expect(before.hosts.get("web01")?.get("has_been_checked")).toBe("0");

    const worker = startWorker(gearmand.port);
    onTestFinished(async () => {
      await worker.stop();
    });
    const first = await waitForStatus(
      site.statusFile,
      "first results",
      (s) =>
        s.services.get("web01/HTTP")?.get("has_been_checked") === "1" &&
        s.hosts.get("web01")?.get("has_been_checked") === "1",
    );
    const service = first.services.get("web01/HTTP");
    expect(service?.get("current_state")).toBe("0");
    expect(service?.get("plugin_output")).toBe("plugin ran for web01/HTTP with code 0");
    expect(service?.get("long_plugin_output")).toBe("second line");
    expect(service?.get("performance_data")).toBe("value=0");
    expect(first.hosts.get("web01")?.get("plugin_output")).toBe("host web01 is there");
    expect(first.hosts.get("web01")?.get("current_state")).toBe("0");
    expect(number(service, "next_check")).toBeGreaterThan(number(service, "last_check"));

    plugins.setState(2);
    const critical = await waitForStatus(
      site.statusFile,
      "the critical state, checked again and again",
      (s) =>
        s.services.get("web01/HTTP")?.get("current_state") === "2" &&
        number(s.services.get("web01/HTTP"), "last_check") > number(service, "last_check") + 3 &&
        number(s.hosts.get("web01"), "last_check") > number(first.hosts.get("web01"), "last_check") + 3,
    );
    expect(critical.services.get("web01/HTTP")?.get("plugin_output")).toBe(
      "plugin ran for web01/HTTP with code 2",
    );
    await plugins.waitHandled("web01 HTTP CRITICAL");
    expect(plugins.handled().filter((line) => line.includes("CRITICAL"))).toHaveLength(1);
    expect(await running.isRunning()).toBe(true);
  });
});
