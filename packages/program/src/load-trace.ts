import {
  type LoadDeps,
  type Loaded,
  type TraceOptions,
  toOptions,
  traceEnvironment,
  traceHelp,
  traceTable,
} from "@mod-gearman/config";
import { loadGetopt, toolFailure } from "./getopt-program.ts";
import type { Argument } from "./raw-arguments.ts";

export type TraceRequest =
  | Loaded<TraceOptions>
  /** Exit code 3. */
  | { readonly help: string }
  /** Exit code 3. */
  | { readonly version: true };

/**
 * Settings of mod_gearman_trace from its arguments.
 *
 * @param argv arguments without interpreter and script
 * @throws ConfigError BAD_LINE, BAD_VALUE, also without a host; exit code 3, or 2 with `--check-config`; `help` is set
 */
export function loadTrace(argv: readonly Argument[], deps: LoadDeps): TraceRequest {
  const program = {
    ...traceHelp,
    table: traceTable,
    environment: traceEnvironment,
    words: ["host", "service"],
  };
  return loadGetopt(argv, program, deps, ({ values, warnings }) => {
    const { host } = values;
    if (host === undefined || host.length === 0)
      throw toolFailure("BAD_VALUE", "the name of a host is needed", warnings);
    return { ...toOptions(values), host };
  });
}
