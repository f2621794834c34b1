import { excerpt } from "./excerpt.ts";
import {
  type About,
  BadValue,
  bytes,
  bytesOr,
  bytesOrEmpty,
  type Field,
  field,
  lastText,
  path,
  texts,
} from "./fields.ts";
import type { ProgramHelp } from "./help.ts";
import { toUtf8 } from "./latin1.ts";
import { withoutEffect } from "./no-effect.ts";
import type { OptionSchema } from "./program.ts";
import { duration, number, parseYesNo } from "./scalars.ts";
import { flag, hosts, needed, TOOL_TIMEOUT, times } from "./tool-fields.ts";

/** Thresholds: 0 switches one off; text that is no number would do that unseen in the original. */
function threshold(initial: number, about: About): Field<number> {
  const complain = (text: string) =>
    text.startsWith("-")
      ? `threshold ${text} is below 0, it is off`
      : `threshold ${text} is too large, using 2147483647`;
  return number({ initial, min: 0, strict: true, complain }, about);
}

/** Regular expressions over queue names; one that does not compile is an error. */
function patterns(about: About): Field<string[]> {
  const inner = texts({ argument: "PATTERN", ...about }, { commas: false });
  return field({ ...inner.facts }, (given) => {
    for (const { text, where } of given.entries) {
      try {
        new RegExp(toUtf8(text ?? ""));
      } catch {
        throw new BadValue(`${given.option}: '${excerpt(text ?? "")}' is not a regular expression`, where);
      }
    }
    return inner.parse(given);
  });
}

const STALE_SECONDS = 600;

/** Without a value: the default time; absent: off. */
function ignoreStale(about: About): Field<number | undefined> {
  const inner = duration(
    "seconds",
    { initial: STALE_SECONDS, min: 0, strict: true, refuse: "a number of seconds is needed" },
    about,
  );
  const facts = { ...inner.facts, argument: "SECONDS", optional: true, default: "off" };
  return field(facts, (given) => (given.entries.length === 0 ? undefined : inner.parse(given)));
}

function encryption(about: About): Field<boolean | undefined> {
  return field({ argument: "yes|no", default: "yes if a key is given", ...about }, (given) => {
    const last = lastText(given);
    if (last === undefined) return undefined;
    const value = parseYesNo(last.text);
    if (value === undefined)
      throw new BadValue(`encryption: '${excerpt(last.text)}' is neither yes nor no`, last.where);
    return value;
  });
}

/** Options of check_gearman. Source: tools.md 3.1; those at the end are ours. */
export const checkGearmanSchema = {
  host: hosts({ help: "Job server; may be repeated.", short: "H", aliases: ["server"] }),
  timeout: duration("seconds", TOOL_TIMEOUT, {
    help: "Seconds for the whole check; 0 = no limit.",
    short: "t",
  }),
  "warning-jobs": threshold(10, {
    help: "Warning at this many waiting jobs in a queue; 0 = off.",
    short: "w",
  }),
  "critical-jobs": threshold(100, { help: "Critical at this many; 0 = off.", short: "c" }),
  "warning-workers": threshold(25, { help: "Warning at this many workers of a queue; 0 = off.", short: "W" }),
  "critical-workers": threshold(50, { help: "Critical at this many; 0 = off.", short: "C" }),
  queue: needed(bytes, {
    help: "Only this queue; target of a job.",
    argument: "QUEUE",
    short: "q",
    isName: true,
  }),
  "critical-without-worker": flag({ help: "Critical when a queue has no worker.", short: "x" }),
  send: bytesOrEmpty({ help: "Send this text as a job to the queue and show the answer.", short: "s" }),
  expect: bytesOrEmpty({ help: "Text the answer has to hold.", short: "e" }),
  background: flag({ help: "Send the job in the background, do not wait.", short: "a" }),
  unique: bytesOr("check", { help: "Unique id of the job.", argument: "ID", short: "u" }),
  port: withoutEffect(
    field({ help: "", short: "p", hidden: true }, () => undefined),
    {
      why: "the port is part of --host",
      isForGood: true,
    },
  ),
  verbose: times({ help: "More on standard error; may be repeated.", short: "v" }),

  include: patterns({ help: "Look only at queues that this matches anywhere; may be repeated." }),
  exclude: patterns({ help: "Leave out queues that this matches; may be repeated." }),
  "ignore-stale": ignoreStale({
    help: `Leave out worker_… status queues without worker for this long, ${STALE_SECONDS} s if not said.`,
  }),
  "stale-state": path({ help: "File that remembers since when those queues have no worker." }),
  "self-test": flag({ help: "Send a test job through key, queue, worker and result queue." }),
  "self-test-queue": needed(bytes, {
    help: "Queue that is tested.",
    isName: true,
    argument: "QUEUE",
    default: "the one of --queue, else service",
  }),
  "result-queue": needed(bytes, {
    help: "Queue for the result of the test job.",
    isName: true,
    argument: "QUEUE",
    default: "one of its own",
  }),
  encryption: encryption({ help: "Encrypt the test job." }),
  key: bytes({ help: "Password for the test job.", secret: true }),
  keyfile: path({ help: "File whose first line is the password; beats the key." }),
} as const satisfies OptionSchema;

export const checkGearmanHelp: ProgramHelp = {
  usage: [
    "check_gearman -H HOST[:PORT] [-q QUEUE] [-w JOBS] [-c JOBS] [-W WORKERS] [-C WORKERS] [-x]",
    "check_gearman -H HOST[:PORT] -q QUEUE -s TEXT [-e TEXT] [-a] [-u ID]",
    "check_gearman -H HOST[:PORT] --self-test [-q QUEUE] [--keyfile=PATH]",
  ],
  dashes: "--",
  schema: checkGearmanSchema,
  switches: [
    { words: ["--check-config"], help: "Show the settings in effect, then end." },
    { words: ["-h", "--help"], help: "Show this text." },
    { words: ["-V", "--version"], help: "Show the version." },
  ],
};
