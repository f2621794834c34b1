import { traceEnvironment } from "../../src/environment-rules.ts";
import { traceSchema } from "../../src/schemas/trace.ts";
import { helpOf } from "../programs.ts";
import { CHECK_CONFIG_EXIT, type Manual } from "./manual.ts";

/** mod_gearman_trace(1). */
export const trace: Manual = {
  name: "mod_gearman_trace",
  section: 1,
  title: "follow a check through core, bridge, job server and worker",
  help: helpOf(traceSchema),
  variables: traceEnvironment,
  grammar: { separate: true },
  description: [
    "Waits for the next run of the check of a host or service, or for the one that is under way, and prints how long each hop took; the largest one is marked. With `--now` it asks the core for a forced run first, by SCHEDULE_FORCED_SVC_CHECK or SCHEDULE_FORCED_HOST_CHECK in its command file.",
    "The times come from the bridge, whose `admin_listen` must be set. Times inside the worker are there with `worker_times=yes` in the module's file. The clock of the worker may be wrong: the difference is estimated, shown, and part of no hop.",
    "The first line, the performance data in it and the exit code are those of a plugin.",
  ],
  options: [
    "Options follow the rules of getopt: `-b 9419`, `-b9419` and `-b=9419` are the same, switches can be joined, long words take their value as `--word value` or `--word=value`. There is no configuration file.",
  ],
  exit: [
    ["0", "The run was followed to its end, with any state."],
    ["2", `The run did not start or end in time. ${CHECK_CONFIG_EXIT}`],
    ["3", "Nothing can be traced; wrong arguments; `--help` and `--version`."],
  ],
  examples: [
    ["The next run of a service:", "mod_gearman_trace web01 HTTP"],
    [
      "One run now, through a reverse proxy:",
      "mod_gearman_trace --now --bridge=http://monitor/gearman/ web01 HTTP",
    ],
  ],
};
