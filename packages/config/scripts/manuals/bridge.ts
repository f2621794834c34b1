import { moduleEnvironment } from "../../src/environment-rules.ts";
import { bridgeSchema } from "../../src/schemas/bridge.ts";
import { moduleSchema } from "../../src/schemas/module.ts";
import { helpOf, tableOf } from "../programs.ts";
import { CHECK_CONFIG_EXIT, type Manual } from "./manual.ts";
import { MODULE_OPTIONS } from "./module.ts";

/** mod_gearman_bridge(8). */
export const bridge: Manual = {
  name: "mod_gearman_bridge",
  section: 8,
  title: "connect the broker module of a monitoring core with Gearman job servers",
  help: helpOf(bridgeSchema),
  variables: moduleEnvironment,
  grammar: { separate: false },
  description: [
    "The module in the core hands checks, event handlers and notifications to this program over a Unix socket; the program turns them into jobs, and results that come back into check results. Usually the module starts it. With `bridge_socket=` on the module line it runs as a service of its own instead.",
  ],
  options: [
    "Given as `--key=value`. Every other argument is an option of the module and wins over what the module line and its files say about that option. With a `bridge_socket=` in such a file the bridge runs as a service.",
  ],
  further: {
    title: "MODULE OPTIONS",
    text: MODULE_OPTIONS.join("\n\n"),
    table: tableOf(moduleSchema),
  },
  exit: [
    ["0", "Orderly end, `--help`, `--version`."],
    ["1", "The socket cannot be used."],
    ["2", `The settings cannot be used. ${CHECK_CONFIG_EXIT}`],
  ],
  signals: [
    ["TERM, INT", "End; held results go back to the job server."],
    ["HUP", "Open the log file again. Settings are read again with a reload of the core."],
    ["USR1", "Write one line of state to the log."],
  ],
  files: [["/etc/mod_gearman/module.conf", "A usual place for the settings of the module."]],
  examples: [
    [
      "What would be in effect, and from where:",
      "mod_gearman_bridge --check-config --config=/etc/mod_gearman/module.conf",
    ],
    ["As a service:", "mod_gearman_bridge --bridge-socket=/run/mod_gearman/bridge.sock"],
  ],
};
