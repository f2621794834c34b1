import { z } from "zod";
import type { Options } from "../option-row.ts";
import {
  bytes,
  bytesOr,
  duration,
  flag,
  hosts,
  number,
  optional,
  path,
  patterns,
  TOOL_TIMEOUT,
  times,
  unused,
  yesNo,
} from "./kinds.ts";
import { type MetaFields, programRegistry, SWITCHES, withoutEffect } from "./registry.ts";
import { tlsOptions } from "./tls.ts";

/** A threshold; 0 disables it. Text that is not a number is an error: in the original it is 0. */
const threshold = (option: string, initial: number, fields: MetaFields) =>
  number(option, {
    initial,
    strict: true,
    complain: "threshold <value> is too large, using 2147483647",
    complainBelow: "threshold <value> is below 0, it is off",
    ...fields,
  });

const queue = (option: string) => ({
  argument: "QUEUE",
  isName: true,
  refuseEmpty: `${option}: the value is empty`,
});

const STALE_SECONDS = 600;

/** Options of check_gearman. Source: tools.md 3.1; those at the end are ours. */
export const checkGearmanSchema = z.strictObject({
  /** At least one, in the order given, no duplicates. */
  servers: hosts("host", { help: "Job server; may be repeated.", short: "H", aliases: ["server"] }),
  ...tlsOptions,
  timeoutSeconds: duration("timeout", "seconds", {
    ...TOOL_TIMEOUT,
    help: "Seconds for the whole check; 0 = no limit.",
    short: "t",
  }),
  warningJobs: threshold("warning-jobs", 10, {
    help: "Warning at this many waiting jobs in a queue; 0 = off.",
    short: "w",
  }),
  criticalJobs: threshold("critical-jobs", 100, { help: "Critical at this many; 0 = off.", short: "c" }),
  warningWorkers: threshold("warning-workers", 25, {
    help: "Warning at this many workers of a queue; 0 = off.",
    short: "W",
  }),
  criticalWorkers: threshold("critical-workers", 50, {
    help: "Critical at this many; 0 = off.",
    short: "C",
  }),
  queue: bytes("queue", { help: "Only this queue; target of a job.", short: "q", ...queue("queue") }),
  criticalWithoutWorker: flag("critical-without-worker", {
    help: "Critical when a queue has no worker.",
    short: "x",
  }),
  /** Payload of the job; presence means worker mode. May be empty. */
  send: bytes("send", {
    help: "Send this text as a job to the queue and show the answer.",
    short: "s",
    empty: "value",
  }),
  /** May be empty. */
  expect: bytes("expect", { help: "Text the answer has to hold.", short: "e", empty: "value" }),
  background: flag("background", { help: "Send the job in the background, do not wait.", short: "a" }),
  unique: bytesOr("unique", "check", { help: "Unique id of the job.", argument: "ID", short: "u" }),
  port: withoutEffect(unused("port", { help: "", short: "p", hidden: true }), {
    why: "the port is part of --host",
    isForGood: true,
  }),
  /** Number of `-v`. */
  verbose: times("verbose", { help: "More on standard error; may be repeated.", short: "v" }),

  include: patterns("include", {
    help: "Look only at queues that this matches anywhere; may be repeated.",
  }),
  exclude: patterns("exclude", { help: "Leave out queues that this matches; may be repeated." }),
  staleAfterSeconds: optional(
    duration("ignore-stale", "seconds", {
      initial: STALE_SECONDS,
      strict: true,
      refuse: "a number of seconds is needed",
      offUnlessGiven: true,
      help: `Leave out worker_… status queues without worker for this long, ${STALE_SECONDS} s if no time is given.`,
      argument: "SECONDS",
      optional: true,
      default: "off",
    }),
  ),
  staleState: path("stale-state", {
    help: "File that remembers since when those queues have no worker.",
  }),
  selfTest: flag("self-test", { help: "Send a test job through key, queue, worker and result queue." }),
  selfTestQueue: bytes("self-test-queue", {
    help: "Queue that is tested.",
    default: "the one of --queue, else service",
    ...queue("self-test-queue"),
  }),
  resultQueue: bytes("result-queue", {
    help: "Queue for the result of the test job.",
    default: "one of its own",
    ...queue("result-queue"),
  }),
  encryption: yesNo(
    "encryption",
    undefined,
    { refuse: "encryption: '<value>' is neither yes nor no" },
    { help: "Encrypt the test job.", default: "yes if a key is given" },
  ),
  /** Password bytes (key file rule applied). Present if `encryption` is on. */
  key: bytes("key", { help: "Password for the test job.", secret: true }),
  keyfile: path("keyfile", { help: "File whose first line is the password; beats the key." }),
  envelopeMasterFile: path("envelope_master_file", {
    protects: "everywhere",
    help: "The module's file with the master secret: the test job and its result are sealed in version 2.",
  }),
  envelopeIdentitiesFile: path("envelope_identities_file", {
    protects: "everywhere",
    help: "The module's list of workers: the one that answers has to be allowed for the queue.",
  }),
});

export interface CheckGearmanOptions extends Options<z.infer<typeof checkGearmanSchema>> {
  /** Content of `envelope_master_file`, which is valid. */
  readonly masterFile?: Buffer;
  /** Content of `envelope_identities_file`, which is valid. */
  readonly identities?: Buffer;
}

programRegistry.add(checkGearmanSchema, {
  usage: [
    "check_gearman -H HOST[:PORT] [-q QUEUE] [-w JOBS] [-c JOBS] [-W WORKERS] [-C WORKERS] [-x]",
    "check_gearman -H HOST[:PORT] -q QUEUE -s TEXT [-e TEXT] [-a] [-u ID]",
    "check_gearman -H HOST[:PORT] --self-test [-q QUEUE] [--keyfile=PATH | --envelope_master_file=PATH]",
  ],
  switches: SWITCHES,
});
