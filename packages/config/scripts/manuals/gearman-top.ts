import { topEnvironment } from "../../src/environment-rules.ts";
import { topSchema } from "../../src/schemas/top.ts";
import { helpOf } from "../programs.ts";
import { CHECK_CONFIG_EXIT, type Manual } from "./manual.ts";

/** gearman_top(1). */
export const gearmanTop: Manual = {
  name: "gearman_top",
  section: 1,
  title: "show the queues of Gearman job servers",
  help: helpOf(topSchema),
  variables: topEnvironment,
  grammar: { separate: true },
  description: [
    "Shows per server and queue how many workers there are, and how many jobs wait and run, again and again until `q`, Escape or Ctrl-C. The line at the bottom names further keys.",
    "With `--batch` the same table goes to standard output: once, or with `--interval` until the program is ended. Batch output has neither colours nor escape sequences.",
  ],
  options: [
    "Options follow the rules of getopt: `-H host`, `-Hhost` and `-H=host` are the same, switches can be joined, long words take their value as `--word value` or `--word=value`. There is no configuration file.",
  ],
  exit: [
    ["0", "Normal end, also when a server cannot be reached; `--help` and `--version`."],
    ["2", CHECK_CONFIG_EXIT],
    ["3", "Wrong arguments."],
  ],
  environment: [
    [
      "CONFIG_GEARMAND_PORT",
      "Server to ask when none is given: `host`, `host:port`, `:port` or a port number of this machine.",
    ],
  ],
  examples: [
    ["Two servers, every five seconds:", "gearman_top -H monitor1 -H monitor2:4731 -i 5"],
    ["Once, for a script:", "gearman_top -b -q"],
  ],
};
