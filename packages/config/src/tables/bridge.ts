// Generated from ../schemas/bridge.ts by `pnpm docs:options`; do not edit.
import type { z } from "zod";
import type { ProgramHelp } from "../help.ts";
import type { OptionTable } from "../option-row.ts";
import type { bridgeSchema } from "../schemas/bridge.ts";

export const bridgeTable: OptionTable<z.infer<typeof bridgeSchema>> = {
  "bridge-socket": {"key":"bridgeSocket","kind":"path","argument":"PATH","help":"Unix socket to listen on for the module."},
  "core-pid": {"key":"corePid","kind":"number","default":"none","argument":"NUMBER","isNumber":true,"min":1,"max":4194304,"initial":0,"strict":true,"refuse":"not a process id","help":"End when this process is gone."},
  "check-config": {"key":"checkConfig","kind":"yesNo","initial":false,"whenBare":true,"whenUnknown":false,"bare":true,"empty":"value","argument":"yes|no","default":"no","help":"Show the settings in effect, then end."},
};

export const bridgeHelp: ProgramHelp = {
  usage: ["mod_gearman_bridge [--OPTION[=VALUE]]... [--MODULE_KEY[=VALUE]]..."],
  dashes: "--",
  table: bridgeTable,
  switches: [{"words":["-h","--help"],"help":"Show this text."},{"words":["-V","--version"],"help":"Show the version."}],
};
