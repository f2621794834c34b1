// Puts every built program under its classic name into the root's node_modules/.bin, so that
// `pnpm exec <name>` finds it. pnpm cannot do that itself: at install time the programs are not built.
import { chmodSync, existsSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { programs } from "./programs.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules/.bin");

for (const { app, command } of programs()) {
  const target = join(root, "apps", app, "dist/main.js");
  if (!existsSync(target)) throw new Error(`${command}: ${relative(root, target)} has not been built`);
  chmodSync(target, 0o755);
  rmSync(join(bin, command), { force: true });
  symlinkSync(relative(bin, target), join(bin, command));
}
