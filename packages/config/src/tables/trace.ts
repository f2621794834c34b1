// Generated from ../schemas/trace.ts by `pnpm docs:options`; do not edit.
import type { z } from "zod";
import type { ProgramHelp } from "../help.ts";
import type { OptionTable } from "../option-row.ts";
import type { traceSchema } from "../schemas/trace.ts";

export const traceTable: OptionTable<z.infer<typeof traceSchema>> = {
  "host": {"key":"host","kind":"bytes","argument":"TEXT","help":"Host of the check; the first word without option."},
  "service": {"key":"service","kind":"bytes","argument":"TEXT","help":"Service of the check; the second word without option. Without it: the check of the host."},
  "now": {"key":"now","kind":"flag","argument":"","default":"off","bare":true,"help":"Ask the core for a forced run, and follow that one.","short":"n"},
  "timeout": {"key":"timeoutSeconds","kind":"number","default":"600","argument":"SECONDS","isNumber":true,"min":1,"max":2147483647,"unit":"seconds","initial":600,"strict":true,"refuse":"a number from 1 to 2147483647 is needed","help":"Seconds to wait for the end of the run.","short":"t"},
  "bridge": {"key":"bridge","kind":"text","argument":"[HOST:]PORT|URL","help":"Where the bridge shows its checks: its admin_listen, or an address http://… in front of it.","default":"admin_listen of the module's configuration","short":"b"},
  "module-config": {"key":"moduleConfig","kind":"path","argument":"PATH","help":"Configuration file of the module.","default":"where it usually is"},
  "core-config": {"key":"coreConfig","kind":"path","argument":"PATH","help":"Main configuration file of the core, which names its command file.","default":"where it usually is"},
  "command-file": {"key":"commandFile","kind":"path","argument":"PATH","help":"Command file of the core.","default":"command_file of the core's configuration"},
  "json": {"key":"json","kind":"flag","argument":"","default":"off","bare":true,"help":"Print the result as JSON."},
};

export const traceHelp: ProgramHelp = {
  usage: ["mod_gearman_trace [--now] [-t SECONDS] [-b [HOST:]PORT] [--json] HOST [SERVICE]"],
  dashes: "--",
  table: traceTable,
  switches: [{"words":["--check-config"],"help":"Show the settings in effect, then end."},{"words":["-h","--help"],"help":"Show this text."},{"words":["-V","--version"],"help":"Show the version."}],
};
