import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { cores } from "../src/cores.ts";
import { linesOf } from "../src/files.ts";
import { startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { setScene } from "../src/scene.ts";
import { waitForStatus } from "../src/status-file.ts";
import { all, ownBridge, startTestCore } from "../src/test-core.ts";
import { moduleConf } from "../src/workers.ts";

describe.for(cores)("$kind without a worker", (core) => {
  test("check_dummy is answered by the module, again and again; another command is not", async (context) => {
    needs(context, { core });
    const gearmand = await startJobServer("our job server");
    onTestFinished(() => gearmand.stop());
    // No such program is in the core's container.
    const { site } = await setScene(core, moduleConf(gearmand.port), () => ({
      commands: {
        up: "/none/check_dummy 0 up",
        dummy: '/none/check_dummy 1 "odd \\"',
        quoted: "/none/check_dummy 2 '$HOSTNAME$ | $$x'",
        other: "/none/check_other",
      },
      hosts: [{ name: "web01", command: "up", interval: 2 }],
      services: [
        { host: "web01", description: "dummy", command: "dummy", interval: 2 },
        { host: "web01", description: "quoted", command: "quoted", interval: 2 },
        { host: "web01", description: "other", command: "other", interval: 2 },
      ],
    }));
    const checked = (minimum: number) => (s: Awaited<ReturnType<typeof waitForStatus>>) =>
      [s.hosts.get("web01"), s.services.get("web01/dummy"), s.services.get("web01/quoted")].every(
        (block) => Number(block?.get("last_check")) > minimum,
      );
    const first = await waitForStatus(site.statusFile, "first results", checked(0));
    const at = Number(first.services.get("web01/dummy")?.get("last_check"));
    const later = await waitForStatus(site.statusFile, "later results", checked(at + 3));
    expect(later.hosts.get("web01")?.get("plugin_output")).toBe("OK: up");
    expect(later.services.get("web01/dummy")?.get("plugin_output")).toBe("WARNING: odd \\");
    expect(later.services.get("web01/dummy")?.get("current_state")).toBe("1");
    expect(later.services.get("web01/quoted")?.get("plugin_output")).toBe("CRITICAL: web01");
    expect(later.services.get("web01/quoted")?.get("performance_data")).toBe("$x");
    expect(later.services.get("web01/quoted")?.get("current_state")).toBe("2");
    expect(later.services.get("web01/other")?.get("has_been_checked")).toBe("0");
  });
});

test("a check that the core gives up is submitted again and has the text and state of an orphan", async () => {
  const gearmand = await startJobServer("our job server");
  onTestFinished(() => gearmand.stop());
  const conf = `${moduleConf(gearmand.port)}orphan_return=3\norphan_host_checks=no\n`;
  const { folder, statusFile } = startTestCore("/none/check", ownBridge, conf, [
    "--orphan-margin=1",
    "--check-timeout=1",
  ]);
  const text = "(service check orphaned, is the mod-gearman worker on queue 'service' running?)";
  const status = await waitForStatus(statusFile, "all orphaned", (s) => all(s, (output) => output === text));
  expect([...status.services.values()].map((block) => block.get("current_state"))).toEqual(
    Array(6).fill("3"),
  );
  expect([...status.hosts.values()].map((block) => block.get("has_been_checked"))).toEqual(["0", "0"]);
  const log = linesOf(join(folder, "core.log")).join("\n");
  expect(log).not.toContain("ERROR");
});
