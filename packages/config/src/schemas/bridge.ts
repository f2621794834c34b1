import { z } from "zod";
import type { Options } from "../option-row.ts";
import { number, optional, path, yesNo } from "./kinds.ts";
import { programRegistry } from "./registry.ts";

/** Highest process id of Linux. */
const MAX_PID = 4_194_304;

/** Arguments of the bridge itself; all others are keys of the module. */
export const bridgeSchema = z.strictObject({
  bridgeSocket: path("bridge-socket", { help: "Unix socket to listen on for the module." }),
  corePid: optional(
    number("core-pid", {
      initial: 0,
      min: 1,
      max: MAX_PID,
      strict: true,
      refuse: "not a process id",
      help: "End when this process is gone.",
      default: "none",
    }),
  ),
  checkConfig: yesNo(
    "check-config",
    false,
    { bare: true, other: false },
    { help: "Show the settings in effect, then end." },
  ),
});

/** Arguments of the bridge itself that stay in use after its start. */
export type BridgeArguments = Omit<Options<z.infer<typeof bridgeSchema>>, "checkConfig">;

programRegistry.add(bridgeSchema, {
  usage: ["mod_gearman_bridge [--OPTION[=VALUE]]... [--MODULE_KEY[=VALUE]]..."],
  switches: [
    { words: ["-h", "--help"], help: "Show this text." },
    { words: ["-V", "--version"], help: "Show the version." },
  ],
});
