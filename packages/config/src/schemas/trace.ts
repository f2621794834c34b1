import { z } from "zod";
import type { Options } from "../option-row.ts";
import { bytes, duration, flag, path, text } from "./kinds.ts";
import { programRegistry, SWITCHES } from "./registry.ts";

/** Options of mod_gearman_trace; its two words are `host` and `service`. */
export const traceSchema = z.strictObject({
  /** Bytes of the command line. */
  host: bytes("host", { help: "Host of the check; the first word without option." }),
  service: bytes("service", {
    help: "Service of the check; the second word without option. Without it: the check of the host.",
  }),
  now: flag("now", { help: "Ask the core for a forced run, and follow that one.", short: "n" }),
  timeoutSeconds: duration("timeout", "seconds", {
    initial: 600,
    min: 1,
    strict: true,
    refuse: "a number from 1 to 2147483647 is needed",
    help: "Seconds to wait for the end of the run.",
    argument: "SECONDS",
    short: "t",
  }),
  bridge: text("bridge", {
    help: "Where the bridge shows its checks: its admin_listen, or an address http://… in front of it.",
    argument: "[HOST:]PORT|URL",
    default: "admin_listen of the module's configuration",
    short: "b",
  }),
  moduleConfig: path("module-config", {
    help: "Configuration file of the module.",
    default: "where it usually is",
  }),
  coreConfig: path("core-config", {
    help: "Main configuration file of the core, which names its command file.",
    default: "where it usually is",
  }),
  commandFile: path("command-file", {
    help: "Command file of the core.",
    default: "command_file of the core's configuration",
  }),
  json: flag("json", { help: "Print the result as JSON." }),
});

export interface TraceOptions extends Options<z.infer<typeof traceSchema>> {
  readonly host: Buffer;
}

programRegistry.add(traceSchema, {
  usage: ["mod_gearman_trace [--now] [-t SECONDS] [-b [HOST:]PORT] [--json] HOST [SERVICE]"],
  switches: SWITCHES,
});
