import {
  type CheckGearmanOptions,
  checkGearmanHelp,
  checkGearmanSchema,
  type LoadDeps,
  type Loaded,
} from "@mod-gearman/config";
import { type Draft, loadGetopt, toolFailure } from "./getopt-program.ts";
import { resolvePassword } from "./password.ts";
import { present } from "./present.ts";
import type { Argument } from "./raw-arguments.ts";

const EXIT_CODE = 3;

/** What check_gearman was asked to do. */
export type CheckGearmanRequest =
  | Loaded<CheckGearmanOptions>
  /** Print this and exit with 3. */
  | { readonly help: string }
  /** Print the version and exit with 3. */
  | { readonly version: true };

/**
 * Settings of check_gearman out of its arguments. Source: tools.md 3.1.
 *
 * @param argv arguments without interpreter and script
 * @throws ConfigError NO_SERVER, NO_QUEUE, NO_KEY, BAD_LINE, BAD_VALUE, UNREADABLE_FILE (key file); exit code 3, or
 *   2 with `--check-config`; `help` is set
 */
export function loadCheckGearman(argv: readonly Argument[], deps: LoadDeps): CheckGearmanRequest {
  const program = { ...checkGearmanHelp, schema: checkGearmanSchema };
  return loadGetopt(argv, program, (draft) => finish(draft, deps));
}

function finish(draft: Draft<typeof checkGearmanSchema>, deps: LoadDeps): CheckGearmanOptions {
  const { values: v, sources, warnings } = draft;
  if (v.host.length === 0) throw toolFailure("NO_SERVER", "no hostname given", warnings);
  if (v.send !== undefined && v.queue === undefined) {
    throw toolFailure("NO_QUEUE", "need queue (-q) when sending job", warnings);
  }
  if (v["self-test"]) v["self-test-queue"] ??= v.queue ?? Buffer.from("service");
  v.encryption ??= sources.has("key") || sources.has("keyfile"); // an empty key asks for encryption too
  const { key, keyfile, encryption } = v;
  v.key = resolvePassword({ key, keyfile, encryption }, { sources, exitCode: EXIT_CODE, deps, warnings });
  if (v.encryption && v.key === undefined) {
    throw toolFailure("NO_KEY", "no encryption key provided, please use --key or --keyfile", warnings);
  }
  return present({
    servers: v.host,
    timeoutSeconds: v.timeout,
    warningJobs: v["warning-jobs"],
    criticalJobs: v["critical-jobs"],
    warningWorkers: v["warning-workers"],
    criticalWorkers: v["critical-workers"],
    queue: v.queue,
    criticalWithoutWorker: v["critical-without-worker"],
    send: v.send,
    expect: v.expect,
    background: v.background,
    unique: v.unique,
    verbose: v.verbose,
    include: v.include,
    exclude: v.exclude,
    staleAfterSeconds: v["ignore-stale"],
    staleState: v["stale-state"],
    selfTest: v["self-test"],
    selfTestQueue: v["self-test-queue"],
    resultQueue: v["result-queue"],
    encryption: v.encryption,
    key: v.key,
  });
}
