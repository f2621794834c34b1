import { sendMultiEnvironment } from "../../src/environment-rules.ts";
import { sendMultiSchema } from "../../src/schemas/sender.ts";
import { helpOf } from "../programs.ts";
import { CHECK_CONFIG_EXIT, type Manual } from "./manual.ts";
import { SENDER_OPTIONS } from "./send-gearman.ts";

/** send_multi(1). */
export const sendMulti: Manual = {
  name: "send_multi",
  section: 1,
  title: "send the results of check_multi through a Gearman job server",
  help: helpOf(sendMultiSchema),
  variables: sendMultiEnvironment,
  grammar: { separate: true },
  description: [
    "Reads what `check_multi -r 256` prints and sends a passive service result of `--host` for each of its children. The parent itself is left out.",
    "The number of results that the job server has acknowledged is printed. A key alone does not switch encryption on: add `--encryption=yes`.",
  ],
  options: SENDER_OPTIONS,
  exit: [
    [
      "0",
      "Every usable child was acknowledged, or put into the spool. Children that cannot be used are reported on standard error.",
    ],
    ["2", `No input in time, or input cannot be read. ${CHECK_CONFIG_EXIT}`],
    [
      "3",
      "A result was not sent; there was no result; a child has no end; wrong arguments; `--help` and `--version`.",
    ],
  ],
  examples: [
    [
      "All children of one host:",
      "check_multi -f multi.cmd -r 256 | send_multi --server=monitor --host=web1",
    ],
  ],
};
