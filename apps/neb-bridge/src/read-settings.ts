import type { Loaded, ModuleOptions } from "@mod-gearman/config";
import { loadModule } from "@mod-gearman/program";
import type { World } from "./world.ts";

/**
 * Reads the configuration that the module's line gives, with the bridge's own words behind it. A process that holds the master secret
 * hides its memory: the core runs event handlers and notifications as the same user.
 *
 * @throws ConfigError
 */
export function readSettings(
  args: string,
  base: string,
  own: readonly string[],
  { files, hideMemory }: Pick<World, "files" | "hideMemory">,
): Loaded<ModuleOptions> {
  const loaded = loadModule(args, base, files, own);
  const problem = loaded.options.masterFile === undefined ? undefined : hideMemory();
  if (problem === undefined) return loaded;
  const text = `other processes of this user can read the master secret in the memory of this bridge: ${problem}`;
  return { ...loaded, warnings: [...loaded.warnings, { text, where: "memory", level: "warn" }] };
}
