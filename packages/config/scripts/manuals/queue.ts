import { queueEnvironment } from "../../src/environment-rules.ts";
import { queueSchema } from "../../src/schemas/queue.ts";
import { helpOf } from "../programs.ts";
import { CHECK_CONFIG_EXIT, type Manual } from "./manual.ts";

/** mod_gearman_queue(1). */
export const queue: Manual = {
  name: "mod_gearman_queue",
  section: 1,
  title: "list, pause, resume, purge and look into the queues of Gearman job servers",
  help: helpOf(queueSchema),
  variables: queueEnvironment,
  grammar: { separate: true },
  description: [
    "Works on the queues of job servers, by default of this machine. `list` shows them. `pause` keeps the jobs of a queue: they are accepted and no worker gets one, until `resume` or a restart of the server. `purge` drops the jobs that wait, `cancel` single ones by handle or unique key; who waits for one is told that it failed. `move` puts waiting jobs into another queue, which must exist. `peek` shows the jobs of a queue, those that wait first.",
    "`peek` shows what is in the jobs to the holder of the key only: with `--key` or `--keyfile`, with `--envelope_keys` for jobs sealed in version 2, or with `--encryption=no` where jobs are not encrypted. Without these it shows their names, ages and sizes. Control characters are shown as `?` or as escapes.",
    "All of this works with the job server of this suite. The gearmand in C can list its queues and cancel a job by its handle. It has no way to pause a queue or to look into one, and moving jobs would take them out and lose their clients: these commands say so and end with 1. Its queue can be purged by taking all jobs as a worker, each answered with failure, with `--force`.",
  ],
  options: [
    "Options follow the rules of getopt: `-H host`, `-Hhost` and `-H=host` are the same, switches can be joined, long words take their value as `--word value` or `--word=value`. There is no configuration file. Before jobs are dropped it asks on a terminal; elsewhere `--yes` is needed.",
  ],
  exit: [
    ["0", "Done; `--help` and `--version`."],
    [
      "1",
      "Not done, at one server at least: not reached, not possible there, not allowed, no such queue or job, or not confirmed.",
    ],
    ["2", CHECK_CONFIG_EXIT],
    ["3", "Wrong arguments."],
  ],
  environment: [["NO_COLOR", "With any value, states of queues are shown without colour on a terminal too."]],
  examples: [
    ["What waits where:", "mod_gearman_queue -H monitor1 list"],
    [
      "Hold the checks of a site while its network is worked on:",
      "mod_gearman_queue -H monitor1 pause hostgroup_berlin",
    ],
    ["What is in a queue:", "mod_gearman_queue peek service -n 3 --keyfile=/etc/mod_gearman/secret.key"],
    ["Drop what piled up, in a script:", "mod_gearman_queue purge perfdata --yes"],
  ],
};
