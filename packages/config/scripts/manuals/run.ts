import { runEnvironment } from "../../src/environment-rules.ts";
import { runSchema } from "../../src/schemas/run.ts";
import { helpOf } from "../programs.ts";
import { CHECK_CONFIG_EXIT, type Manual } from "./manual.ts";

/** mod_gearman_run(1). */
export const run: Manual = {
  name: "mod_gearman_run",
  section: 1,
  title: "run a check now on a worker, and print its result",
  help: helpOf(runSchema),
  variables: runEnvironment,
  grammar: { separate: true },
  description: [
    "Puts a check into a queue with high priority, as the core's module does, and prints what the worker sends back; its state is the exit code. The result goes to a queue of this program alone, so no core sees it. With `--apply` the result goes to the queue of the core's results as well, and the core takes it as a result of HOST, or of SERVICE on HOST.",
    "The job is dropped when the program ends before a worker has taken it. Every worker of the original suites takes such jobs. Queues whose jobs are sealed in envelope version 2 cannot be used: only the bridge has their keys.",
  ],
  options: [
    "Options follow the rules of getopt: `-H host`, `-Hhost` and `-H=host` are the same, switches can be joined, long words take their value as `--word value` or `--word=value`. There is no configuration file.",
  ],
  exit: [
    ["0", "The check is OK; with `--help`, `--version`."],
    ["1", "Warning."],
    ["2", `Critical. ${CHECK_CONFIG_EXIT}`],
    ["3", "Unknown; no result came, for the reason on standard error; wrong arguments."],
  ],
  examples: [
    [
      "Whether a worker of Berlin reaches a host:",
      "mod_gearman_run -H monitor1 -q hostgroup_berlin -c '/usr/lib/nagios/plugins/check_ping -H 10.0.0.1 -w 100,20% -c 500,60%' --keyfile=/etc/mod_gearman/secret.key",
    ],
    [
      "Run a check and let the core have its result:",
      "mod_gearman_run web1 disk -c '/usr/lib/nagios/plugins/check_disk -w 10% -c 5%' --apply --keyfile=/etc/mod_gearman/secret.key",
    ],
  ],
};
