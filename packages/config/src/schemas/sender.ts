import { z } from "zod";
import type { Options } from "../option-row.ts";
import { MAX_QUEUE_BYTES } from "../read-names.ts";
import {
  bytes,
  bytesOr,
  config,
  duration,
  micros,
  number,
  path,
  servers,
  size,
  state,
  yesNo,
} from "./kinds.ts";
import { programRegistry, SWITCHES, withMetadata, withoutEffect } from "./registry.ts";
import { tlsOptions } from "./tls.ts";

/** A switch without value, or with an unknown word, is on. Source: tools.md 4. */
const ON = { bare: true, other: true };
const MAX_RETRIES = 1_000_000;
const SPOOL_SIZE = { min: 65_536 };

const connection = {
  /** At least one, in order of preference, no duplicates. */
  servers: servers("server", { help: "Job servers in order of preference. Port 4730 if none is given." }),
  dupservers: servers("dupserver", { help: "Job servers that get a copy of every result." }),
  ...tlsOptions,
  config: config(),
};

const sealing = {
  /** Password bytes (key file rule applied), not yet cut or filled to 32. Present if `encryption` is on. */
  key: bytes("key", { help: "Password; the first 32 bytes count.", secret: true, aliases: ["password"] }),
  keyfile: path("keyfile", {
    help: "File whose first line is the password; beats key.",
    aliases: ["passwordfile"],
  }),
  senderIdentityFile: path("sender_identity_file", {
    protects: "everywhere",
    help: "File with name and keys of this sender: results are sealed in version 2, and key is not used.",
  }),
  resultQueue: bytesOr("result_queue", "check_results", {
    help: "Queue the results go to.",
    argument: "QUEUE",
    isName: true,
    maxBytes: MAX_QUEUE_BYTES,
    refuse: "queue name too long: '<value>'",
  }),
  /** `type=active` instead of `type=passive`. */
  active: yesNo("active", false, ON, { help: "Send results of active checks." }),
};

/** A name becomes a line of a result, which a line feed would end. */
const noLineFeed = (option: string) => ({
  argument: "NAME",
  forbidden: { characters: "\n\0", text: `${option}: line feed in a name` },
});

const result = {
  /** Never empty. send_multi: always present; send_gearman: absent means that standard input is a list. */
  host: bytes("host", {
    help: "Name of the host.",
    ...noLineFeed("host"),
    refuseEmpty: "please specify a host name",
  }),
  /** Never empty; absent: a host result. */
  service: bytes("service", {
    help: "Name of the service; without it the result is one of the host.",
    ...noLineFeed("service"),
  }),
  /** May be empty; absent: it comes from standard input. */
  message: bytes("message", {
    help: "Output of the check, instead of standard input.",
    aliases: ["m"],
    empty: "value",
  }),
  returnCode: state("returncode", { help: "State of the check.", aliases: ["return_code", "r"] }),
  /** Microseconds since 1970; absent: now. */
  startTime: micros("starttime", {
    help: "When the check started, seconds since 1970.",
    default: "now",
  }),
  finishTime: micros("finishtime", { help: "When it ended.", default: "now" }),
  /** Microseconds, may be negative. */
  latency: micros("latency", { help: "How late it started.", default: "0" }),
  /** At least one byte. Empty or blanks only: the default. */
  delimiter: bytesOr("delimiter", "\t", {
    help: "Separator of the fields of a line.",
    aliases: ["d"],
    default: "a tab",
    escapes: "t",
    forbidden: { characters: "\r\n\0", text: "delimiter: line feed in it" },
  }),
};

const sending = {
  timeoutSeconds: duration("timeout", "seconds", {
    initial: 10,
    low: 10,
    complain: "timeout: <value> is negative, using 10",
    help: "Seconds to wait for input; 0 = no limit.",
    aliases: ["t"],
  }),
  gearmanConnectionTimeoutMs: duration("gearman_connection_timeout", "milliseconds", {
    initial: 5000,
    help: "Milliseconds to connect and to get a result accepted; 0 = no limit.",
  }),
  debug: number("debug", { initial: 0, max: 2, help: "1 and 2: more on standard error." }),
  retries: number("retries", { initial: 0, max: MAX_RETRIES, help: "Further attempts over all servers." }),
  retryIntervalSeconds: duration("retry-interval", "seconds", {
    initial: 1,
    fraction: true,
    help: "Seconds between two attempts.",
  }),
  spool: path("spool", {
    help: "Folder that keeps results while no server is there; they are sent with a later call.",
  }),
  spoolMaxBytes: size("spool_max", "64M", { ...SPOOL_SIZE, help: "Most bytes kept in that folder." }),
};

/** `encryption`; its default depends on the program. */
const encryption = (initial: false | undefined, described: string) =>
  yesNo("encryption", initial, ON, { help: "Encrypt with the key.", default: described });

/** What send_multi takes from the report of each child. */
function unused<T extends z.ZodType>(type: T): T {
  const rule = { why: "it is part of the report", isForGood: true };
  return withoutEffect(withMetadata(type, { help: "" }), rule);
}

/** Source: tools.md 4. */
export const sendGearmanSchema = z.strictObject({
  ...connection,
  encryption: encryption(undefined, "yes if a key is given"),
  ...sealing,
  ...result,
  ...sending,
});

/** Source: tools.md 4. */
export const sendMultiSchema = z.strictObject({
  ...connection,
  servers: withMetadata(connection.servers, { default: "localhost:4730" }),
  encryption: encryption(false, "no"),
  ...sealing,
  ...result,
  service: unused(result.service),
  message: unused(result.message),
  returnCode: unused(result.returnCode),
  startTime: unused(result.startTime),
  finishTime: unused(result.finishTime),
  latency: unused(result.latency),
  delimiter: unused(result.delimiter),
  ...sending,
});

export type SenderProgram = "send_gearman" | "send_multi";

/** Settings of send_gearman and send_multi. Texts are the bytes that were given. */
export interface SenderOptions extends Options<z.infer<typeof sendGearmanSchema>> {
  /** Content of `sender_identity_file`, which is valid. */
  readonly identityFile?: Buffer;
}

programRegistry.add(sendGearmanSchema, {
  file: "send_gearman.conf",
  usage: [
    "send_gearman --server=HOST[:PORT] --host=HOST [--service=SERVICE] [--message=TEXT] [--OPTION=VALUE]...",
    "send_gearman --server=HOST[:PORT] [--OPTION=VALUE]... < LIST",
  ],
  switches: SWITCHES,
});
programRegistry.add(sendMultiSchema, {
  file: "send_multi.conf",
  usage: ["check_multi -f COMMANDS -r 256 | send_multi --host=HOST [--OPTION=VALUE]..."],
  switches: SWITCHES,
});
