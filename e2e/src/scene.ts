import { onTestFinished } from "vitest";

import { type RunningCore, startCore } from "./core-container.ts";
import type { CoreUnderTest } from "./cores.ts";
import { linesOf } from "./files.ts";
import { inside } from "./paths.ts";
import { createPlugins, type PluginFolder } from "./plugins.ts";
import { createSite, type Site, type SiteOptions } from "./site.ts";

/** A core in a container with its site and the plugins of the workers; all removed at the end of the test. */
export interface Scene {
  readonly plugins: PluginFolder;
  readonly site: Site;
  readonly core: RunningCore;
}

type Objects = Pick<SiteOptions, "commands" | "hosts" | "services" | "onApplied" | "notifications">;

/** `broker_module` arguments that let the shim start the bridge inside the container. */
const ownBridge = `bridge_command=${inside.node} bridge_arg=${inside.bridge} config=SITE/module.conf`;

const LOG_LINES = 60;

/** Sets up the scene of one test. */
export async function setScene(
  core: CoreUnderTest,
  moduleConf: string,
  objects: (plugins: PluginFolder) => Objects,
): Promise<Scene> {
  const plugins = createPlugins();
  onTestFinished(() => plugins.remove());
  const site = createSite({
    ...objects(plugins),
    core: core.kind,
    coreFolder: inside.core,
    shimPath: inside.shim,
    moduleArgs: ownBridge,
    moduleConf,
  });
  onTestFinished(() => site.remove());
  const running = await startCore(core.kind, core.binary, site);
  onTestFinished(async ({ task }) => {
    try {
      if (task.result?.state === "fail") {
        const log = linesOf(site.logFile).slice(-LOG_LINES);
        process.stdout.write(`${[await running.output(), ...log].join("\n")}\n`);
      }
    } finally {
      await running.stop();
    }
  });
  return { plugins, site, core: running };
}
