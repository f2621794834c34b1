import { ENVIRONMENT_PREFIX } from "@mod-gearman/config";

/**
 * Takes the variables that are settings of this program out of an environment, so that no plugin inherits a key or an option
 * meant for the worker.
 *
 * @param env changed: `process.env`, whose variables the native engine and the Perl server hand on
 * @returns the environment as it was
 */
export function takeOwnVariables(
  env: Record<string, string | undefined>,
): Record<string, string | undefined> {
  const before = { ...env };
  for (const name of Object.keys(before)) if (name.startsWith(ENVIRONMENT_PREFIX)) delete env[name];
  return before;
}
