// What earlier builds of the programs left: a cached build writes its files beside those of another commit.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Removes what was built of every app, so that packages hold the files of this build only.
 *
 * @param root folder of the repository
 */
export function removeBuiltApps(root) {
  const apps = join(root, "apps");
  if (!existsSync(apps)) return;
  for (const name of readdirSync(apps)) rmSync(join(apps, name, "dist"), { recursive: true, force: true });
}
