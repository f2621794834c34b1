import { z } from "zod";
import { path } from "./fields.ts";
import { number, yesNo } from "./scalars.ts";

/** Highest process id of Linux. */
const MAX_PID = 4_194_304;

/** Arguments of the bridge program itself; all others are keys of the module. */
export const bridgeSchema = z.strictObject({
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
});
