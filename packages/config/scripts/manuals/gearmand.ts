import { gearmandEnvironment } from "../../src/environment-rules.ts";
import { gearmandSchema } from "../../src/schemas/gearmand.ts";
import { helpOf } from "../programs.ts";
import { CHECK_CONFIG_EXIT, type Manual } from "./manual.ts";

/** gearmand(8). */
export const gearmand: Manual = {
  name: "gearmand",
  section: 8,
  title: "Gearman job server",
  help: helpOf(gearmandSchema),
  variables: gearmandEnvironment,
  grammar: { separate: true },
  description: [
    "Takes jobs from clients and hands them to workers that have announced the function. A drop-in for the C program of that name: its port, its protocols, its options, signals and exit codes. Jobs are kept in memory.",
    "`--daemon` ends the calling process when the server listens.",
  ],
  options: [
    "Given as `--name=value`, `--name value`, or by letter, on the command line or in the configuration file, whose words are command line options; `#` starts a comment there. The command line wins. `GEARMAND_PORT` replaces the default port; `GEARMAND_CA_CERTIFICATE`, `GEARMAND_SERVER_PEM` and `GEARMAND_SERVER_KEY` replace the TLS files. An option that is given twice in one place is refused.",
  ],
  givenTwice: "refused",
  exit: [
    ["0", "Normal stop, `--help`, `--version`, good arguments with `--check-args`."],
    ["1", "Everything else, with a line on standard error."],
    ["2", CHECK_CONFIG_EXIT],
  ],
  signals: [
    ["TERM, INT", "End at once; waiting jobs are lost."],
    ["USR1", "Stop listening, end when no job is left."],
    ["HUP", "Open the log file and read the TLS certificates again."],
  ],
  environment: [
    ["GEARMAND_PORT", "Port unless `--port` says another than 4730."],
    ["GEARMAND_CA_CERTIFICATE", "Replaces `--ssl-ca-file`."],
    ["GEARMAND_SERVER_PEM", "Replaces `--ssl-certificate`."],
    ["GEARMAND_SERVER_KEY", "Replaces `--ssl-key`."],
  ],
  files: [
    ["/etc/gearmand.conf", "Options, read if it is there; `--config-file` names another one."],
    ["/var/log/gearmand.log", "Log, unless `--log-file` says otherwise."],
    ["/var/gearmand.pid", "Process id, unless `--pid-file` says otherwise."],
  ],
  examples: [
    [
      "In the foreground, for this machine only:",
      "gearmand --listen=127.0.0.1 --log-file=stderr --verbose=INFO",
    ],
    [
      "In the background:",
      "gearmand --daemon --pid-file=/run/gearman/gearmand.pid --log-file=/var/log/gearmand.log",
    ],
  ],
};
