// The programs of apps/: their names, and how each is started from source.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const apps = join(dirname(dirname(fileURLToPath(import.meta.url))), "apps");

/** @returns folder of the app and command name, for each program */
export function programs() {
  return readdirSync(apps)
    .filter((app) => existsSync(join(apps, app, "package.json")))
    .flatMap((app) => {
      const { bin = {} } = JSON.parse(readFileSync(join(apps, app, "package.json"), "utf8"));
      return Object.keys(bin).map((command) => ({ app, command, main: join(apps, app, "src/main.ts") }));
    });
}

/** By folder (`neb-bridge`) or command (`mod_gearman_bridge`); `-` and `_` are the same. */
export function findProgram(name) {
  const plain = (text) => text.replaceAll("-", "_");
  return programs().find(({ app, command }) => [app, command].map(plain).includes(plain(name)));
}
