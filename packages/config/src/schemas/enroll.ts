import { z } from "zod";
import type { Options } from "../option-row.ts";
import { duration, flag, groups, path, servers, TOOL_TIMEOUT, text, texts } from "./kinds.ts";
import { programRegistry, SWITCHES } from "./registry.ts";
import { tlsOptions } from "./tls.ts";

const HOUR_SECONDS = 3600;
const MAX_VALID_SECONDS = 30 * 24 * HOUR_SECONDS;
const SECONDS = { strict: true, refuse: "a number of seconds is needed" } as const;

/** Options of mod_gearman_enroll, for all of its commands. Ours: no original has such a program. */
export const enrollSchema = z.strictObject({
  modulePath: path("config", {
    help: "Configuration of the module, on the core's machine.",
    default: "/etc/mod_gearman/module.conf, or that of the packages",
    short: "c",
  }),
  /** Of a worker, latin1. */
  queues: groups("queue", "", {
    help: "issue: queues of the worker; may be repeated.",
    short: "q",
  }),
  /** Of a sender. */
  hosts: texts("host", {
    help: "issue: the identity is a passive sender for hosts like this (*: any characters); may be repeated.",
    argument: "PATTERN",
  }),
  servers: servers("server", {
    strict: true,
    help: "issue: job servers as the new machine reaches them, those of the module by default; redeem: others than in the ticket.",
  }),
  ...tlsOptions,
  validSeconds: duration("valid", "seconds", {
    ...SECONDS,
    initial: HOUR_SECONDS,
    min: 1,
    max: MAX_VALID_SECONDS,
    help: "issue: seconds in which the ticket can be redeemed, 30 days at most.",
  }),
  dir: path("dir", {
    help: "redeem, init: folder for keys and configuration.",
    default: "/etc/mod_gearman, or that of the packages",
  }),
  user: text("user", {
    help: "redeem, init: user who is to own the files with keys, when root writes them.",
    default: "mod-gearman for redeem, if there is one",
    isName: true,
  }),
  force: flag("force", {
    help: "redeem: replace files that are there, which are kept as FILE.saved, instead of writing FILE.new; rotate: do not wait for all workers.",
  }),
  identityFile: path("identity", { help: "renew: file with the keys of a worker or sender." }),
  finish: flag("finish", { help: "rotate: take old epochs away, instead of bringing a new one." }),
  waitSeconds: duration("wait", "seconds", {
    ...SECONDS,
    initial: 600,
    help: "rotate: seconds to wait until all workers have their new keys.",
  }),
  timeoutSeconds: duration("timeout", "seconds", {
    ...TOOL_TIMEOUT,
    help: "redeem, renew: seconds for an answer of the bridge.",
    short: "t",
  }),
});

export type EnrollOptions = Options<z.infer<typeof enrollSchema>>;

programRegistry.add(enrollSchema, {
  usage: [
    "mod_gearman_enroll init [--dir=PATH] [--user=NAME]",
    "mod_gearman_enroll issue NAME --queue=QUEUE[,QUEUE…] [--server=HOST[:PORT]] [--valid=SECONDS]",
    "mod_gearman_enroll issue NAME --host=PATTERN",
    "mod_gearman_enroll redeem TICKET|-|@FILE [--dir=PATH] [--user=NAME] [--force]",
    "mod_gearman_enroll list",
    "mod_gearman_enroll revoke NAME|TICKET_ID",
    "mod_gearman_enroll rotate [--wait=SECONDS] [--finish]",
    "mod_gearman_enroll renew --identity=FILE --server=HOST[:PORT]",
  ],
  switches: SWITCHES,
});
