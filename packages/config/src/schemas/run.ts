import { z } from "zod";
import type { Options } from "../option-row.ts";
import { bytes, bytesOr, duration, flag, hosts, path, text, yesNo } from "./kinds.ts";
import { programRegistry, SWITCHES } from "./registry.ts";
import { tlsOptions } from "./tls.ts";

const queue = (option: string) => ({
  argument: "QUEUE",
  isName: true,
  refuseEmpty: `${option}: the value is empty`,
});

/** Options of mod_gearman_run. */
export const runSchema = z.strictObject({
  /** At least one, in the order given, no duplicates. */
  servers: hosts("host", {
    help: "Job server; may be repeated: the first one with a worker for the queue is used.",
    default: "localhost:4730",
    short: "H",
    aliases: ["server"],
  }),
  ...tlsOptions,
  /** Not empty; absent: that of the last job of the object. */
  command: bytes("command", {
    help: "Command line of the check, as a worker runs it.",
    default: "that of the last job of HOST and SERVICE at the bridge",
    argument: "LINE",
    short: "c",
    refuseEmpty: "command: the value is empty",
  }),
  queue: bytes("queue", {
    help: "Queue whose workers are asked.",
    default: "service, or host without SERVICE; without --command that of the last job",
    short: "q",
    ...queue("queue"),
  }),
  worker: bytes("worker", {
    help: "Identifier of one worker with sticky_state=yes, in place of a queue.",
    argument: "NAME",
    isName: true,
    refuseEmpty: "worker: the value is empty",
  }),
  timeoutSeconds: duration("timeout", "seconds", {
    initial: 60,
    min: 1,
    strict: true,
    refuse: "a number from 1 to 2147483647 is needed",
    help: "Seconds for all of it, the wait for a worker included.",
    argument: "SECONDS",
    short: "t",
  }),
  apply: flag("apply", { help: "Send the result to the core, too; needs HOST, and SERVICE for a service." }),
  resultQueue: bytesOr("result-queue", "check_results", {
    help: "With --apply: queue that the core's results go to.",
    ...queue("result-queue"),
  }),
  encryption: yesNo(
    "encryption",
    undefined,
    { refuse: "encryption: '<value>' is neither yes nor no" },
    { help: "Encrypt the job.", default: "yes if a key is given" },
  ),
  /** Password bytes (key file rule applied). Present if `encryption` is on. */
  key: bytes("key", { help: "Password of the site.", secret: true }),
  keyfile: path("keyfile", { help: "File whose first line is the password; beats the key." }),
  bridge: text("bridge", {
    help: "Without --command: where the bridge has its pages: its admin_listen, or an address http://… in front of it.",
    argument: "[HOST:]PORT|URL",
    default: "admin_listen of the module's configuration",
    short: "b",
  }),
  moduleConfig: path("module-config", {
    help: "Configuration file of the module, for the address of the bridge.",
    default: "where it usually is",
  }),
  envelopeMasterFile: path("envelope_master_file", {
    protects: "everywhere",
    help: "The module's file with the master secret, for a queue whose jobs are sealed in version 2.",
  }),
  envelopeIdentitiesFile: path("envelope_identities_file", {
    protects: "everywhere",
    help: "The module's list of workers: the one that answers has to be allowed for the queue.",
  }),
  senderIdentityFile: path("sender_identity_file", {
    protects: "everywhere",
    help: "With --apply, for sealed jobs: key file of a sender that may report for HOST. The core takes the result as a passive one.",
  }),
  json: flag("json", { help: "Print the result as JSON." }),
  verbose: flag("verbose", { help: "Say which worker ran it, and how long it took.", short: "v" }),
});

export interface RunOptions extends Options<z.infer<typeof runSchema>> {
  /** Names of the object; both absent: of none. */
  readonly hostName?: Buffer;
  readonly serviceDescription?: Buffer;
  /** Content of `envelope_master_file`, which is valid. */
  readonly masterFile?: Buffer;
  /** Content of `envelope_identities_file`, which is valid. */
  readonly identities?: Buffer;
  /** Content of `sender_identity_file`, which is valid. */
  readonly senderIdentity?: Buffer;
}

programRegistry.add(runSchema, {
  usage: [
    "mod_gearman_run [-H HOST[:PORT]]... HOST [SERVICE] [-b [HOST:]PORT] [-q QUEUE] [--apply] --keyfile=PATH",
    "mod_gearman_run [-H HOST[:PORT]]... [HOST [SERVICE]] -c LINE [-q QUEUE] [--apply] [--keyfile=PATH | --envelope_master_file=PATH]",
  ],
  switches: SWITCHES,
});
