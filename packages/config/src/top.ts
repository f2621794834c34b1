import type { ProgramHelp } from "./help.ts";
import type { OptionSchema } from "./program.ts";
import { duration } from "./scalars.ts";
import { flag, hosts, TOOL_TIMEOUT } from "./tool-fields.ts";

/** Options of gearman_top. Source: tools.md 2.1; `colours` is ours. */
export const topSchema = {
  host: hosts({
    help: "Job server; may be repeated.",
    default: "localhost:4730, or CONFIG_GEARMAND_PORT of the environment",
    short: "Hs",
    aliases: ["server"],
  }),
  interval: duration(
    "seconds",
    {
      initial: 1,
      min: -2_147_483_647,
      fraction: true,
      strict: true,
      refuse: "a number of seconds up to 2147483647 is needed",
    },
    {
      help: "Seconds between two refreshes; 0 means 1, with --batch: print once.",
      argument: "SECONDS",
      short: "i",
    },
  ),
  batch: flag({ help: "Print to standard output: once, or with --interval again and again.", short: "b" }),
  "hide-empty": flag({ help: "Hide queues with neither workers nor jobs.", short: "q" }),
  timeout: duration("seconds", TOOL_TIMEOUT, {
    help: "Seconds a server has for its answer; 0 = no limit.",
    argument: "SECONDS",
    short: "t",
  }),
  verbose: flag({ help: "Show debug lines too.", short: "v" }),
  colours: flag({ help: "Show states in colour; never with --batch.", aliases: ["colors"] }),
} as const satisfies OptionSchema;

export const topHelp: ProgramHelp = {
  usage: ["gearman_top [-H HOST[:PORT]]... [-i SECONDS] [-b] [-q] [-t SECONDS] [-v]"],
  dashes: "--",
  schema: topSchema,
  switches: [
    { words: ["--check-config"], help: "Show the settings in effect, then end." },
    { words: ["-h", "--help"], help: "Show this text." },
    { words: ["-V", "--version"], help: "Show the version." },
  ],
};
