import { doctorEnvironment } from "../../src/environment-rules.ts";
import { doctorSchema } from "../../src/schemas/doctor.ts";
import { helpOf } from "../programs.ts";
import { CHECK_CONFIG_EXIT, type Manual } from "./manual.ts";

/** mod_gearman_doctor(1). */
export const doctor: Manual = {
  name: "mod_gearman_doctor",
  section: 1,
  title: "find out what is wrong with a Mod-Gearman site",
  help: helpOf(doctorSchema),
  variables: doctorEnvironment,
  grammar: { separate: true },
  description: [
    "Runs on any machine of a site and looks at everything that can be seen from there: the configurations of core, module and worker, keys, job servers, versions, limits of the system, queues and workers, plugins on the machines of the workers, the spool of results, and clocks. A harmless check goes through each queue and back, without a core seeing its result.",
    "Each finding says what it means and what to do. What could not be looked at is listed too. Keys are never shown; equal keys have equal fingerprints (`-v`). It changes nothing. Run it as root or as the user of the core, who may read the files.",
    "The first line and the exit code are those of a plugin, so that the program can be a service of the core.",
  ],
  options: [
    "Options follow the rules of getopt: `-H host`, `-Hhost` and `-H=host` are the same, switches can be joined, long words take their value as `--word value` or `--word=value`. There is no configuration file.",
  ],
  exit: [
    ["0", "Nothing found."],
    ["1", "Warnings only."],
    ["2", `Something critical. ${CHECK_CONFIG_EXIT}`],
    ["3", "Nothing could be looked at; wrong arguments; `--help` and `--version`."],
  ],
  examples: [
    ["Everything that this machine can see:", "mod_gearman_doctor -v"],
    [
      "From a machine without configuration:",
      "mod_gearman_doctor -H gearman1.example.org --keyfile=/etc/mod_gearman/secret.key",
    ],
  ],
};
