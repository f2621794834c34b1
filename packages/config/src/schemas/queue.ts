import { z } from "zod";
import type { Options } from "../option-row.ts";
import { bytes, duration, flag, hosts, number, optional, path, TOOL_TIMEOUT, yesNo } from "./kinds.ts";
import { programRegistry, SWITCHES } from "./registry.ts";
import { tlsOptions } from "./tls.ts";

/** What is not a number from 1 on is an error. */
const COUNT = { min: 1, strict: true, refuse: "a number from 1 on is needed", argument: "NUMBER" };

/** Options of mod_gearman_queue. */
export const queueSchema = z.strictObject({
  /** At least one, in the order given, no duplicates. */
  servers: hosts("host", {
    help: "Job server; may be repeated, the command is for each.",
    default: "localhost:4730",
    short: "H",
    aliases: ["server"],
  }),
  ...tlsOptions,
  timeoutSeconds: duration("timeout", "seconds", {
    ...TOOL_TIMEOUT,
    help: "Seconds a server has for its answer; 0 = no limit. A purge or move of many jobs takes longer.",
    argument: "SECONDS",
    short: "t",
  }),
  count: optional(
    number("count", { help: "The most jobs.", default: "peek: 10, move: all", short: "n", ...COUNT }),
  ),
  unique: bytes("unique", {
    help: "cancel: the jobs with this unique key, in place of handles.",
    argument: "KEY",
    short: "u",
    refuseEmpty: "unique: the value is empty",
  }),
  json: flag("json", { help: "Print JSON, one document." }),
  yes: flag("yes", {
    help: "Do not ask before jobs are dropped; needed where there is no terminal.",
    short: "y",
  }),
  force: flag("force", {
    help: "purge at a gearmand in C: take the jobs as a worker does, and answer each with failure.",
  }),
  encryption: yesNo(
    "encryption",
    true,
    { refuse: "encryption: '<value>' is neither yes nor no" },
    { help: "peek: no shows what is in jobs that are not encrypted." },
  ),
  /** Password bytes (key file rule applied). */
  key: bytes("key", { help: "peek: password of the jobs.", secret: true }),
  keyfile: path("keyfile", { help: "File whose first line is the password; beats the key." }),
  envelopeKeys: path("envelope_keys", {
    help: "peek: file with the keys of envelope version 2, the bridge's master file or that of a worker.",
  }),
  verbose: flag("verbose", { help: "Warnings about the settings on standard error.", short: "v" }),
});

/** What is to be done. Names are latin1 strings of bytes. */
export type QueueCommand =
  | { readonly verb: "list" }
  | { readonly verb: "pause" | "resume" | "purge"; readonly queues: readonly string[] }
  | { readonly verb: "peek"; readonly queue: string }
  | { readonly verb: "cancel"; readonly handles: readonly string[] }
  | { readonly verb: "cancel-unique"; readonly unique: string; readonly queue: string | undefined }
  | { readonly verb: "move"; readonly from: string; readonly to: string };

export interface QueueOptions extends Options<z.infer<typeof queueSchema>> {
  readonly command: QueueCommand;
  /** Content of `envelope_keys`, which is valid. */
  readonly envelopeFile?: Buffer;
}

programRegistry.add(queueSchema, {
  usage: [
    "mod_gearman_queue [-H HOST[:PORT]]... [list] [--json]",
    "mod_gearman_queue [-H HOST[:PORT]]... pause|resume QUEUE...",
    "mod_gearman_queue [-H HOST[:PORT]] peek QUEUE [-n NUMBER] [--keyfile=PATH]",
    "mod_gearman_queue [-H HOST[:PORT]]... purge QUEUE... [-y]",
    "mod_gearman_queue [-H HOST[:PORT]]... cancel HANDLE... [-y]",
    "mod_gearman_queue [-H HOST[:PORT]]... cancel --unique=KEY [QUEUE] [-y]",
    "mod_gearman_queue [-H HOST[:PORT]] move FROM TO [-n NUMBER]",
  ],
  switches: SWITCHES,
});
