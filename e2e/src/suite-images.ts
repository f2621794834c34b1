import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { naemonPrefix } from "./capabilities.ts";
import { command } from "./command.ts";
import { ensureImage } from "./image.ts";
import { root } from "./paths.ts";

const BUILD_MS = 600_000;
const folder = join(root, "packaging/containers");

/** Images of this checkout's programs, as `IMAGES` and `TAG` of compose.yaml. */
export interface SuiteImages {
  readonly prefix: string;
  readonly tag: string;
}

/**
 * Options of build.sh. Over the image of Debian's Nagios, which other tests need too; with `E2E_IMAGES=fresh` over a base that the
 * script makes, with all packages, and with Naemon where there is one.
 */
async function optionsOfBuild(): Promise<string[]> {
  if (process.env.E2E_IMAGES !== "fresh") {
    const base = await ensureImage("nagios4");
    return ["--base", base, "--plugins", "monitoring-plugins-basic", "--core-packages", ""];
  }
  const naemon = naemonPrefix();
  return naemon === undefined ? [] : ["--core-prefix", naemon, "--core-packages", "libglib2.0-0"];
}

/** Builds the images of job server, worker and core with the script that users have. */
export async function buildSuiteImages(): Promise<SuiteImages> {
  const options = await optionsOfBuild();
  const images = { prefix: "localhost/mod-gearman/e2e-suite", tag: `run-${process.pid}` };
  const tree = mkdtempSync(join(tmpdir(), "e2e-tree-"));
  try {
    await command(process.execPath, [join(folder, "tree.mjs"), tree]);
    const args = ["--tree", tree, "--prefix", images.prefix, "--tag", images.tag];
    const build = [join(folder, "build.sh"), ...args, ...options];
    await command("env", ["BUILDAH_ISOLATION=chroot", ...build], { timeoutMs: BUILD_MS });
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
  return images;
}

/** Layers stay in the cache of buildah. */
export async function removeSuiteImages({ prefix, tag }: SuiteImages): Promise<void> {
  const names = ["server", "worker", "core"].map((name) => `${prefix}/${name}:${tag}`);
  await command("podman", ["rmi", "--force", ...names]).catch(() => undefined);
}
