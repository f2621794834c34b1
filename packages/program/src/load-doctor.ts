import {
  type DoctorOptions,
  doctorEnvironment,
  doctorHelp,
  doctorTable,
  type LoadDeps,
  type Loaded,
  toOptions,
} from "@mod-gearman/config";
import { loadGetopt } from "./getopt-program.ts";
import { resolvePassword } from "./password.ts";
import type { Argument } from "./raw-arguments.ts";
import { completeTls } from "./tls-options.ts";

const EXIT_CODE = 3;

export type DoctorRequest =
  | Loaded<DoctorOptions>
  /** Exit code 3. */
  | { readonly help: string }
  /** Exit code 3. */
  | { readonly version: true };

/**
 * Settings of mod_gearman_doctor from its arguments.
 *
 * @param argv arguments without interpreter and script
 * @throws ConfigError BAD_LINE, BAD_VALUE, UNREADABLE_FILE (key file); exit code 3, or 2 with `--check-config`; `help` is set
 */
export function loadDoctor(argv: readonly Argument[], deps: LoadDeps): DoctorRequest {
  const program = { ...doctorHelp, table: doctorTable, environment: doctorEnvironment };
  return loadGetopt(argv, program, deps, ({ values, sources, warnings }) => {
    const context = { sources, exitCode: EXIT_CODE, deps, warnings };
    values.key = resolvePassword({ ...values, encryption: false }, context);
    completeTls(values, context);
    return toOptions(values);
  });
}
