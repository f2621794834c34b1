import { z } from "zod";
import type { Options } from "../option-row.ts";
import { bytes, duration, flag, hosts, path, TOOL_TIMEOUT, times } from "./kinds.ts";
import { programRegistry, SWITCHES } from "./registry.ts";
import { tlsOptions } from "./tls.ts";

/** Options of mod_gearman_doctor. */
export const doctorSchema = z.strictObject({
  /** Besides those of the configurations; may be empty. */
  servers: hosts("host", {
    help: "Job server, besides those of the configurations; may be repeated.",
    short: "H",
    aliases: ["server"],
  }),
  ...tlsOptions,
  timeoutSeconds: duration("timeout", "seconds", {
    ...TOOL_TIMEOUT,
    min: 1,
    refuse: "a number from 1 to 2147483647 is needed",
    help: "Seconds that each server, and each test job, has for its answer.",
    short: "t",
  }),
  moduleConfig: path("module-config", {
    help: "Configuration file of the module.",
    default: "that of the broker_module line, or where it usually is",
  }),
  workerConfig: path("worker-config", {
    help: "Configuration file of the worker.",
    default: "where it usually is",
  }),
  coreConfig: path("core-config", {
    help: "Main configuration file of the core.",
    default: "where it usually is",
  }),
  withoutTestJobs: flag("no-test-jobs", { help: "Send no test jobs to workers." }),
  json: flag("json", { help: "Print the report as JSON." }),
  /** Number of `-v`. */
  verbose: times("verbose", { help: "Show versions, fingerprints and times, too.", short: "v" }),
  /** Password bytes (key file rule applied). */
  key: bytes("key", { help: "Password for test jobs; the module's by default.", secret: true }),
  keyfile: path("keyfile", { help: "File whose first line is the password; beats the key." }),
});

export type DoctorOptions = Options<z.infer<typeof doctorSchema>>;

programRegistry.add(doctorSchema, {
  usage: [
    "mod_gearman_doctor [-H HOST[:PORT]]... [--module-config=PATH] [--worker-config=PATH] [--core-config=PATH] [--json] [-v]",
  ],
  switches: SWITCHES,
});
