import {
  type Entry,
  fromUtf8,
  type LoadDeps,
  type Loaded,
  type TopOptions,
  topHelp,
  topSchema,
} from "@mod-gearman/config";
import { type Draft, loadGetopt } from "./getopt-program.ts";
import type { Argument } from "./raw-arguments.ts";

const ENVIRONMENT = "CONFIG_GEARMAND_PORT";
const DEFAULT_INTERVAL_SECONDS = 1;

/** What gearman_top was asked to do. */
export type TopRequest =
  | Loaded<TopOptions>
  /** Print this and exit with 0. */
  | { readonly help: string }
  /** Print the version and exit with 0. */
  | { readonly version: true };

/**
 * Settings of gearman_top out of its arguments and `CONFIG_GEARMAND_PORT` (`deps.env`). Source: tools.md 2.1.
 *
 * @param argv arguments without interpreter and script
 * @throws ConfigError BAD_LINE, BAD_VALUE; exit code 3, or 2 with `--check-config`; `help` is set
 */
export function loadTop(argv: readonly Argument[], deps: LoadDeps): TopRequest {
  const program = { ...topHelp, schema: topSchema };
  return loadGetopt(argv, program, finish, (given) => applyEnvironment(given, deps));
}

/** `host:port`, `:port` or `host`; digits alone are a port of this machine. */
function applyEnvironment(given: Map<string, Entry[]>, deps: LoadDeps): void {
  const value = deps.env?.[ENVIRONMENT];
  if (!value || given.has("host")) return;
  const text = fromUtf8(/^[0-9]+$/.test(value) ? `:${value}` : value);
  given.set("host", [{ text, where: `environment ${ENVIRONMENT}`, folder: undefined }]);
}

function finish({ values: v, sources }: Draft<typeof topSchema>): TopOptions {
  if (v.host.length === 0) v.host = [{ host: "localhost", port: 4730 }];
  if (v.interval <= 0) v.interval = v.batch ? 0 : DEFAULT_INTERVAL_SECONDS;
  return {
    servers: v.host,
    intervalSeconds: v.interval,
    intervalGiven: sources.has("interval"),
    batch: v.batch,
    hideEmpty: v["hide-empty"],
    timeoutSeconds: v.timeout,
    verbose: v.verbose,
    colours: v.colours,
  };
}
