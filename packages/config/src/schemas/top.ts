import { z } from "zod";
import type { Options } from "../option-row.ts";
import { duration, flag, hosts, TOOL_TIMEOUT } from "./kinds.ts";
import { programRegistry, SWITCHES } from "./registry.ts";
import { tlsOptions } from "./tls.ts";

/** Options of gearman_top. Source: tools.md 2.1; `colours` is ours. */
export const topSchema = z.strictObject({
  /** At least one, in the order given, no duplicates. */
  servers: hosts("host", {
    help: "Job server; may be repeated.",
    default: "localhost:4730, or CONFIG_GEARMAND_PORT of the environment",
    short: "Hs",
    aliases: ["server"],
  }),
  ...tlsOptions,
  /** Above 0; 0 only with `batch`, where it means once. */
  intervalSeconds: duration("interval", "seconds", {
    initial: 1,
    min: -2_147_483_647,
    fraction: true,
    strict: true,
    refuse: "a number of seconds up to 2147483647 is needed",
    help: "Seconds between two refreshes; 0 means 1, with --batch: print once.",
    argument: "SECONDS",
    short: "i",
  }),
  batch: flag("batch", {
    help: "Print to standard output: once, or with --interval again and again.",
    short: "b",
  }),
  hideEmpty: flag("hide-empty", { help: "Hide queues with neither workers nor jobs.", short: "q" }),
  timeoutSeconds: duration("timeout", "seconds", {
    ...TOOL_TIMEOUT,
    help: "Seconds a server has for its answer; 0 = no limit.",
    argument: "SECONDS",
    short: "t",
  }),
  verbose: flag("verbose", { help: "Show debug lines too.", short: "v" }),
  colours: flag("colours", { help: "Show states in colour; never with --batch.", aliases: ["colors"] }),
});

export interface TopOptions extends Options<z.infer<typeof topSchema>> {
  /** False: with `batch` the table is printed once. */
  readonly intervalGiven: boolean;
}

programRegistry.add(topSchema, {
  usage: ["gearman_top [-H HOST[:PORT]]... [-i SECONDS] [-b] [-q] [-t SECONDS] [-v]"],
  switches: SWITCHES,
});
