// Puts every built program under its classic name into the root's node_modules/.bin, so that
// `pnpm exec <name>` finds it. pnpm cannot do that itself: at install time the programs are not built.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules/.bin");

for (const app of readdirSync(join(root, "apps"))) {
  const folder = join(root, "apps", app);
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) continue;
  for (const [name, file] of Object.entries(JSON.parse(readFileSync(manifest, "utf8")).bin ?? {})) {
    const target = join(folder, file);
    if (!existsSync(target)) throw new Error(`${name}: ${relative(root, target)} has not been built`);
    chmodSync(target, 0o755);
    rmSync(join(bin, name), { force: true });
    symlinkSync(relative(bin, target), join(bin, name));
  }
}
