import {
  type Entry,
  fromUtf8,
  type LoadDeps,
  type Loaded,
  type TopOptions,
  toOptions,
  topEnvironment,
  topHelp,
  topTable,
  type ValuesOf,
  type WarningCollector,
} from "@mod-gearman/config";
import { loadGetopt } from "./getopt-program.ts";
import type { Argument } from "./raw-arguments.ts";
import { completeTls } from "./tls-options.ts";

const ENVIRONMENT = "CONFIG_GEARMAND_PORT";
const DEFAULT_INTERVAL_SECONDS = 1;
const EXIT_CODE = 3;

export type TopRequest =
  | Loaded<TopOptions>
  /** Exit code 0. */
  | { readonly help: string }
  /** Exit code 0. */
  | { readonly version: true };

/**
 * Settings of gearman_top from its arguments and the environment (`deps.env`), with `CONFIG_GEARMAND_PORT` last. Source: tools.md 2.1.
 *
 * @param argv arguments without interpreter and script
 * @throws ConfigError BAD_LINE, BAD_VALUE; exit code 3, or 2 with `--check-config`; `help` is set
 */
export function loadTop(argv: readonly Argument[], deps: LoadDeps): TopRequest {
  const program = { ...topHelp, table: topTable, environment: topEnvironment };
  return loadGetopt(
    argv,
    program,
    deps,
    (settings) => finish(settings, deps),
    (given) => applyEnvironment(given, deps),
  );
}

/** `host:port`, `:port` or `host`; digits alone are a port of this machine. */
function applyEnvironment(given: Map<string, Entry[]>, deps: LoadDeps): Record<string, never> {
  const value = deps.env?.[ENVIRONMENT];
  if (!value || given.has("host")) return {};
  const text = fromUtf8(/^[0-9]+$/.test(value) ? `:${value}` : value);
  given.set("host", [{ text, where: `environment ${ENVIRONMENT}`, folder: undefined }]);
  return {};
}

function finish(
  {
    values,
    sources,
    warnings,
  }: {
    values: ValuesOf<typeof topTable>;
    sources: ReadonlyMap<string, string>;
    warnings: WarningCollector;
  },
  deps: LoadDeps,
): TopOptions {
  if (values.servers.length === 0) values.servers = [{ host: "localhost", port: 4730 }];
  completeTls(values, { sources, exitCode: EXIT_CODE, deps, warnings });
  if (values.intervalSeconds <= 0) values.intervalSeconds = values.batch ? 0 : DEFAULT_INTERVAL_SECONDS;
  return { ...toOptions(values), intervalGiven: sources.has("interval") };
}
