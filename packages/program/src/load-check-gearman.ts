import { omitUndefined } from "@mod-gearman/base";
import {
  type CheckGearmanOptions,
  checkGearmanEnvironment,
  checkGearmanHelp,
  checkGearmanTable,
  type Entry,
  type LoadDeps,
  type Loaded,
  toOptions,
  type ValuesOf,
  type WarningCollector,
} from "@mod-gearman/config";
import { readIdentityList, readMaster } from "./envelope-files.ts";
import { loadGetopt, toolFailure } from "./getopt-program.ts";
import { resolvePassword } from "./password.ts";
import type { Argument } from "./raw-arguments.ts";
import { completeTls } from "./tls-options.ts";

const EXIT_CODE = 3;

export type CheckGearmanRequest =
  | Loaded<CheckGearmanOptions>
  /** Exit code 3. */
  | { readonly help: string }
  /** Exit code 3. */
  | { readonly version: true };

/**
 * Settings of check_gearman from its arguments. Source: tools.md 3.1.
 *
 * @param argv arguments without interpreter and script
 * @throws ConfigError NO_SERVER, NO_QUEUE, NO_KEY, BAD_LINE, BAD_VALUE, UNREADABLE_FILE (key file); exit code 3, or 2
 * with `--check-config`; `help` is set
 */
export function loadCheckGearman(argv: readonly Argument[], deps: LoadDeps): CheckGearmanRequest {
  const program = { ...checkGearmanHelp, table: checkGearmanTable, environment: checkGearmanEnvironment };
  return loadGetopt(
    argv,
    program,
    deps,
    ({ values, sources, warnings }) => finish(values, sources, warnings, deps),
    asksForKey,
  );
}

/** An empty key requests encryption as well. */
function asksForKey(given: ReadonlyMap<string, readonly Entry[]>): { encryption: boolean } {
  return { encryption: given.has("key") || given.has("keyfile") };
}

function finish(
  values: ValuesOf<typeof checkGearmanTable>,
  sources: ReadonlyMap<string, string>,
  warnings: WarningCollector,
  deps: LoadDeps,
): CheckGearmanOptions {
  if (values.servers.length === 0) throw toolFailure("NO_SERVER", "no hostname given", warnings);
  if (values.send !== undefined && values.queue === undefined)
    throw toolFailure("NO_QUEUE", "need queue (-q) when sending job", warnings);
  if (values.selfTest) values.selfTestQueue ??= values.queue ?? Buffer.from("service");
  values.key = resolvePassword(values, { sources, exitCode: EXIT_CODE, deps, warnings });
  if (values.encryption && values.key === undefined)
    throw toolFailure("NO_KEY", "no encryption key provided, please use --key or --keyfile", warnings);
  const { envelopeMasterFile: path, envelopeIdentitiesFile: list } = values;
  const context = { sources, exitCode: EXIT_CODE, deps, warnings };
  completeTls(values, context);
  const masterFile = path === undefined ? undefined : readMaster("v2", path, context);
  return {
    ...toOptions(values),
    ...omitUndefined({ masterFile, identities: readIdentityList(list, context) }),
  };
}
