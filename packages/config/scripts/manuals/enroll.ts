import { enrollEnvironment } from "../../src/environment-rules.ts";
import { enrollSchema } from "../../src/schemas/enroll.ts";
import { helpOf } from "../programs.ts";
import { CHECK_CONFIG_EXIT, type Manual } from "./manual.ts";

/** mod_gearman_enroll(8). */
export const enroll: Manual = {
  name: "mod_gearman_enroll",
  section: 8,
  title: "give workers and senders their keys",
  help: helpOf(enrollSchema),
  variables: enrollEnvironment,
  grammar: { separate: true, words: ["init", "issue", "redeem", "list", "revoke", "rotate", "renew"] },
  description: [
    "Gives each worker and passive sender an identity of its own on a bus with sealed payloads (`envelope=both` or `v2`). The first word says what is done.",
    "On the core's machine, as root or as the user of the core: `init` makes master secret, list of identities and folder of tickets. `issue` adds an identity to the list and prints a ticket, which can be redeemed once, within an hour. `list` shows identities and tickets. `revoke` refuses an identity everywhere within seconds, or a ticket. `rotate` brings a new epoch of keys, waits until all workers have fetched theirs, and uses it; `rotate --finish` takes the old ones away, an hour after the longest timeout of a check or later.",
    "On the new machine: `redeem` gets the keys of a ticket over the job server, writes them and a minimal configuration of the worker, and tests them with a check of each queue. `-` reads the ticket from standard input, `@FILE` from a file; as an argument other users of the machine can see it while the program runs. `renew` gets keys again, for a sender; a worker does that itself (`envelope_renew_interval`).",
    "The bridge answers while the core runs, if `enroll_dir` and `envelope_identities_file` are set in the configuration of the module. A ticket that is redeemed a second time is an alarm.",
  ],
  options: [
    "The command is the first word, its operand the second; options follow. Options follow the rules of getopt: `--word value` and `--word=value` are the same.",
  ],
  exit: [
    ["0", "Done; `--help` and `--version`."],
    ["1", "Not done: refused, no answer, a file is there already or cannot be written."],
    ["2", CHECK_CONFIG_EXIT],
    ["3", "Wrong arguments, or a configuration of the module that cannot be used."],
  ],
  files: [
    [
      "/etc/mod_gearman/keys/NAME.key",
      "Keys of a worker, written by `redeem`, and by the worker when there are new ones.",
    ],
    ["/etc/mod_gearman/NAME.key", "Keys of a sender, written by `redeem`."],
    ["/etc/mod_gearman/worker.conf", "Configuration of a worker, written by `redeem`."],
  ],
  examples: [
    [
      "A ticket for a worker, on the core's machine:",
      "mod_gearman_enroll issue web-1 --queue=service,host --server=gearman.example.org",
    ],
    ["On the new machine:", "mod_gearman_enroll redeem - < ticket"],
    ["A machine was stolen:", "mod_gearman_enroll revoke web-1"],
  ],
};
