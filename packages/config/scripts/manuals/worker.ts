import { workerEnvironment } from "../../src/environment-rules.ts";
import { workerSchema } from "../../src/schemas/worker.ts";
import { helpOf } from "../programs.ts";
import { CHECK_CONFIG_EXIT, type Manual } from "./manual.ts";

/** mod_gearman_worker(8). */
export const worker: Manual = {
  name: "mod_gearman_worker",
  section: 8,
  title: "run checks, event handlers and notifications for a monitoring core",
  help: helpOf(workerSchema),
  variables: workerEnvironment,
  grammar: { separate: false, words: ["testcmd"] },
  description: [
    "Takes jobs from one or more Gearman job servers, runs the plugins and sends the results back to the server that the job came from. At least one server and one queue are needed, and a key unless encryption is off.",
    "`testcmd` runs one command as a check would be run, prints its output and ends with its state.",
  ],
  options: [
    "Given as `--key=value` or in a file named with `--config=`. In a file only lines that begin with `#` are comments, so values may hold one. Keys may be written in any case and with `-` for `_`. Options are taken from left to right, files at the place where they are named. A switch without a value is on; a word that is neither yes nor no counts as no. Text that is not a number is an error where a number is needed. Keys of the module are accepted and ignored, so that one file can serve both.",
  ],
  exit: [
    ["0", "Ended by a signal."],
    ["1", "A defect of the program; the log has the reason."],
    ["2", `The settings cannot be used, or the worker cannot start. ${CHECK_CONFIG_EXIT}`],
    ["3", "`--help` and `--version`."],
  ],
  signals: [
    [
      "TERM",
      "Take no more jobs, wait for running checks as long as `stop_timeout` says, then end. A second one ends it at once.",
    ],
    ["INT", "The same with 1 second."],
    ["HUP", "Read the settings again, put them in force if they are usable, open the log file again."],
    ["USR1", "Write the state of slots, jobs and queues to the log."],
    [
      "USR2",
      "Drain: finish what runs, take no more, withdraw all queues, the status queue too, and stay; the second one takes jobs again.",
    ],
  ],
  files: [
    ["/etc/mod_gearman/worker.conf", "A usual place for the settings; no file is read unless it is named."],
    [
      "/var/lib/mod-gearman",
      "Results that no job server takes, if neither --result_spool nor $STATE_DIRECTORY names another folder.",
    ],
  ],
  examples: [
    [
      "What would be in effect, and from where:",
      "mod_gearman_worker --config=/etc/mod_gearman/worker.conf --check-config",
    ],
    [
      "Checks of one host group only:",
      "mod_gearman_worker --server=monitor --hostgroups=branch7 --keyfile=/etc/mod_gearman/secret.key",
    ],
    [
      "A plugin the way the worker runs it:",
      "mod_gearman_worker testcmd /usr/lib/nagios/plugins/check_load -w 5 -c 10",
    ],
  ],
};
