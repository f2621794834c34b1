import type { ProgramHelp } from "./help.ts";
import type { OptionSchema } from "./program.ts";
import { number } from "./scalars.ts";
import { flag, hosts } from "./tool-fields.ts";

/** Options of gearman_top. Source: tools.md 2.1; `colours` is ours. */
export const topSchema = {
  host: hosts({
    help: "Job server; may be repeated.",
    default: "localhost:4730, or CONFIG_GEARMAND_PORT of the environment",
    short: "Hs",
    aliases: ["server"],
  }),
  interval: number(
    {
      initial: 1,
      min: -86_400,
      max: 86_400,
      fraction: true,
      strict: true,
      refuse: "not a number of seconds",
    },
    {
      help: "Seconds between two refreshes; 0 means 1, with --batch: print once.",
      argument: "SECONDS",
      short: "i",
    },
  ),
  batch: flag({ help: "Print to standard output: once, or with --interval again and again.", short: "b" }),
  "hide-empty": flag({ help: "Hide queues with neither workers nor jobs.", short: "q" }),
  timeout: number(
    { initial: 10, min: 0, max: 86_400, strict: true, refuse: "a number from 0 to 86400 is needed" },
    { help: "Seconds a server has for its answer; 0 = no limit.", argument: "SECONDS", short: "t" },
  ),
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
