import { checkGearmanEnvironment } from "../../src/environment-rules.ts";
import { checkGearmanSchema } from "../../src/schemas/check-gearman.ts";
import { helpOf } from "../programs.ts";
import { CHECK_CONFIG_EXIT, type Manual } from "./manual.ts";

/** check_gearman(1). */
export const checkGearman: Manual = {
  name: "check_gearman",
  section: 1,
  title: "monitoring plugin for Gearman job servers, queues and workers",
  help: helpOf(checkGearmanSchema),
  variables: checkGearmanEnvironment,
  grammar: { separate: true },
  description: [
    "Without `-s` the queues of each server are compared with the thresholds; jobs that wait without any worker are always critical. The worst state counts. Performance data shows waiting and running jobs and workers of each queue.",
    "With `-s` a job with this text is sent to the queue and its answer is shown. An answer that begins with `0:` to `3:` gives the state. Status queues of workers answer like that.",
    "With `--self-test` an encrypted test job goes through queue, worker and result queue, and what is wrong on that way is named.",
  ],
  options: [
    "Options follow the rules of getopt: `-H host`, `-Hhost` and `-H=host` are the same, switches can be joined, long words take their value as `--word value` or `--word=value`. There is no configuration file.",
  ],
  exit: [
    ["0", "OK."],
    ["1", "Warning."],
    ["2", `Critical. ${CHECK_CONFIG_EXIT}`],
    ["3", "Unknown; wrong arguments; `--help` and `--version`."],
  ],
  examples: [
    ["All queues of a server:", "check_gearman -H localhost -w 10 -c 100 --exclude='^worker_'"],
    ["Whether a worker answers:", "check_gearman -H localhost -q worker_web1 -s check"],
    [
      "Whether checks of queue service come back:",
      "check_gearman -H localhost --self-test -q service --keyfile=/etc/mod_gearman/secret.key",
    ],
  ],
};
