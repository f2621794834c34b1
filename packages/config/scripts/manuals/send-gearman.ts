import { sendGearmanEnvironment } from "../../src/environment-rules.ts";
import { sendGearmanSchema } from "../../src/schemas/sender.ts";
import { helpOf } from "../programs.ts";
import { CHECK_CONFIG_EXIT, type Manual } from "./manual.ts";

/** How both senders take their options. */
export const SENDER_OPTIONS = [
  "Given as `--key=value` or `--key value`, or as `key=value` in a file named with `--config=`. In a file `#` starts a comment wherever it stands. Keys may be written in any case, with `-` for `_`, and with any number of dashes; `-m`, `-r`, `-t` and `-d` are short forms. Values are trimmed.",
  "Options are taken from left to right, files at the place where they are named. A switch without a value, or with a word that is neither yes nor no, is on. Keys of module and worker are accepted and ignored, so that one file can serve all. Unknown options are reported on standard error and do not stop the program.",
];

/** send_gearman(1). */
export const sendGearman: Manual = {
  name: "send_gearman",
  section: 1,
  title: "send check results through a Gearman job server",
  help: helpOf(sendGearmanSchema),
  variables: sendGearmanEnvironment,
  grammar: { separate: true },
  description: [
    "Puts results of checks that ran elsewhere into the result queue, from where the core takes them.",
    "With `--host` one result is sent; its output is the `--message`, or all of standard input. Without `--host` standard input is a list with one result per line: host, service, state and output, or host, state and output for a host, separated by a tab or by `--delimiter`.",
    "A result counts as sent when the job server has acknowledged it. With `--spool` results are kept on disk while no server can be reached, and sent first and in order by a later call.",
  ],
  options: SENDER_OPTIONS,
  exit: [
    ["0", "Everything was acknowledged, or put into the spool."],
    ["2", CHECK_CONFIG_EXIT],
    ["3", "Something was not sent; wrong arguments; no input in time; `--help` and `--version`."],
  ],
  files: [
    [
      "spool folder",
      "Results that wait for a server, at most `spool_max` bytes; one program at a time uses it.",
    ],
  ],
  examples: [
    [
      "One service result:",
      "send_gearman --server=monitor --keyfile=/etc/mod_gearman/secret.key --host=web1 --service=backup --returncode=0 --message='OK - done'",
    ],
    [
      "The output of a command:",
      "df -h | send_gearman --server=monitor --host=web1 --service=disks --returncode=0",
    ],
    [
      "A list, three attempts, kept on disk if that fails:",
      "printf 'web1\\tbackup\\t0\\tOK - done\\n' | send_gearman --server=monitor --retries=2 --spool=/var/spool/send_gearman",
    ],
  ],
};
