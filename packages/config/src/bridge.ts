import { path } from "./fields.ts";
import type { ProgramHelp } from "./help.ts";
import type { OptionSchema } from "./program.ts";
import { number, yesNo } from "./scalars.ts";

/** Highest process id of Linux. */
const MAX_PID = 4_194_304;

/** Arguments of the bridge program itself; all others are keys of the module. */
export const bridgeSchema = {
  "bridge-socket": path({ help: "Unix socket to listen on for the module." }),
  "core-pid": number(
    { initial: 0, min: 1, max: MAX_PID, strict: true, refuse: "not a process id" },
    { help: "End when this process is gone.", default: "none" },
  ),
  "check-config": yesNo(
    false,
    { bare: true, other: false },
    { help: "Show the settings in effect, then end." },
  ),
} as const satisfies OptionSchema;

export const bridgeHelp: ProgramHelp = {
  usage: ["mod_gearman_bridge [--OPTION[=VALUE]]... [--MODULE_KEY[=VALUE]]..."],
  dashes: "--",
  schema: bridgeSchema,
  switches: [
    { words: ["-h", "--help"], help: "Show this text." },
    { words: ["-V", "--version"], help: "Show the version." },
  ],
};
