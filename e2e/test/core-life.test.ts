import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { cores } from "../src/cores.ts";
import { linesOf } from "../src/files.ts";
import { startJobServer } from "../src/job-servers.ts";
import { descriptorsOf, mappingsOf, residentMib } from "../src/memory.ts";
import { needs } from "../src/needs.ts";
import type { PluginFolder } from "../src/plugins.ts";
import { setScene } from "../src/scene.ts";
import { waitForStatus } from "../src/status-file.ts";
import { moduleConf, startWorker } from "../src/workers.ts";

const SETTLING = 2;
const RELOADS = 10;
const LIMIT_MS = 30_000;
/** Of the core itself too. */
const MAX_GROWTH_MIB = 2;

const objects = (p: PluginFolder) => ({
  commands: { state: `${p.statePlugin} $HOSTNAME$/$SERVICEDESC$`, alive: `${p.hostPlugin} $HOSTNAME$` },
  hosts: [{ name: "web01", command: "alive", interval: 5 }],
  services: [{ host: "web01", description: "HTTP", command: "state", interval: 2 }],
});
const outputOf = (
  site: { statusFile: string },
  what: string,
  wanted: (output: string, lastCheck: number) => boolean,
) =>
  waitForStatus(site.statusFile, what, (s) => {
    const block = s.services.get("web01/HTTP");
    return wanted(block?.get("plugin_output") ?? "", Number(block?.get("last_check")));
  });

describe.for(cores)("$kind", (core) => {
  test("a reload keeps the core and the bridge, and applies the new configuration", async (context) => {
    needs(context, { core, jobServer: "the real gearmand" });
    const gearmand = await startJobServer("the real gearmand");
    onTestFinished(() => gearmand.stop());
    const { site, core: running, plugins } = await setScene(core, moduleConf(gearmand.port), objects);
    const worker = startWorker(gearmand.port);
    onTestFinished(async () => {
      await worker.stop();
    });
    await outputOf(site, "a result before the reload", (output) => output.startsWith("plugin ran"));
    const bridges = running.bridgePids();

    // The new configuration sends the service to another queue, which has no worker yet.
    appendFileSync(join(site.folder, "module.conf"), "queue_custom_variable=WORKER\n");
    const definition = linesOf(join(site.folder, "objects.cfg"))
      .join("\n")
      .replace("service_description HTTP", "service_description HTTP\n  _WORKER hostgroup_special");
    writeFileSync(join(site.folder, "objects.cfg"), `${definition}\n`);
    plugins.setState(1);
    running.reload();
    const special = startWorker(gearmand.port, ["--services=no", "--hostgroups=special"]);
    onTestFinished(async () => {
      await special.stop();
    });
    await worker.stop();
    await outputOf(site, "a result through the new queue", (output) => output.endsWith("with code 1"));

    // A configuration that cannot be used: the former one stays.
    const conf = linesOf(join(site.folder, "module.conf")).filter((line) => !line.startsWith("key="));
    writeFileSync(join(site.folder, "module.conf"), `${conf.join("\n")}\n`);
    plugins.setState(2);
    running.reload();
    await waitFor("the reason in the core's log", () =>
      linesOf(site.logFile).some((line) => /mod_gearman: ERROR - .*no encryption key provided/.test(line)),
    );
    await outputOf(site, "a result through the new queue still", (output) => output.endsWith("with code 2"));
    expect(await running.isRunning()).toBe(true);
    expect(running.bridgePids()).toEqual(bridges);
  });

  test("ten reloads: no descriptor, no second copy of the module, no memory", {
    timeout: 240_000,
  }, async (context) => {
    needs(context, { core });
    const gearmand = await startJobServer("our job server");
    onTestFinished(() => gearmand.stop());
    const { site, core: running } = await setScene(core, moduleConf(gearmand.port), objects);
    const connected = (): number =>
      linesOf(site.logFile).filter((line) => line.endsWith("mod_gearman: connected to the bridge")).length;
    const reload = async (): Promise<void> => {
      const before = connected();
      running.reload();
      await waitFor("the connection after a reload", () => connected() > before, LIMIT_MS);
    };
    await waitFor("the first connection", () => connected() > 0, LIMIT_MS);
    for (let i = 0; i < SETTLING; i++) await reload();
    const bridges = running.bridgePids();
    const measure = () => ({
      descriptors: descriptorsOf(running.pid),
      mappings: mappingsOf(running.pid, "mod_gearman.so"),
    });
    const before = measure();
    const mib = residentMib(running.pid);
    for (let i = 0; i < RELOADS; i++) await reload();
    expect(measure()).toEqual(before);
    expect(residentMib(running.pid) - mib).toBeLessThan(MAX_GROWTH_MIB);
    expect(running.bridgePids()).toEqual(bridges);
  });

  test("an unusable configuration: the core runs everything itself and logs the reason", async (context) => {
    needs(context, { core });
    const broken = moduleConf(4730).replace(/^key=.*$/m, "");
    const { site, core: running } = await setScene(core, broken, objects);
    // The plugin is not in the container: only the core itself can have produced this result.
    await waitForStatus(
      site.statusFile,
      "a result of the core's own",
      (s) => s.services.get("web01/HTTP")?.get("has_been_checked") === "1",
    );
    const log = linesOf(site.logFile).filter((line) => line.includes("mod_gearman: ERROR"));
    expect(log.some((line) => line.includes("no encryption key provided"))).toBe(true);
    expect(await running.isRunning()).toBe(true);
  });
});
