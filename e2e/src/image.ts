import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { naemonPrefix } from "./capabilities.ts";
import { command } from "./command.ts";
import { root } from "./paths.ts";

const BASE = "localhost/mod-gearman/e2e-base:bookworm";

export type CoreKind = "nagios4" | "naemon";

async function exists(image: string): Promise<boolean> {
  return command("podman", ["image", "exists", image]).then(
    () => true,
    () => false,
  );
}

/** The apt settings of this machine, so that the image reaches packages the way the machine does. */
function copyAptSettings(rootFolder: string): void {
  for (const path of ["etc/apt/sources.list", "etc/apt/sources.list.d", "etc/apt/apt.conf.d"]) {
    const from = `/${path}`;
    if (!existsSync(from)) continue;
    if (path.endsWith(".d")) {
      for (const name of readdirSync(from)) {
        if (!name.includes("docker"))
          cpSync(join(from, name), join(rootFolder, path, name), { dereference: true });
      }
    } else cpSync(from, join(rootFolder, path), { dereference: true });
  }
}

async function buildBase(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "e2e-base-"));
  try {
    const rootFolder = join(folder, "root");
    await command("debootstrap", ["--variant=minbase", "--include=ca-certificates", "bookworm", rootFolder]);
    copyAptSettings(rootFolder);
    const tar = join(folder, "root.tar");
    await command("tar", ["-C", rootFolder, "--one-file-system", "-cf", tar, "."]);
    await command("podman", ["import", tar, BASE]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fingerprint(kind: CoreKind, containerfile: string): string {
  const hash = createHash("sha256").update(readFileSync(containerfile));
  const prefix = naemonPrefix();
  if (kind === "naemon" && prefix !== undefined) hash.update(readFileSync(join(prefix, "bin/naemon")));
  return hash.digest("hex").slice(0, 12);
}

/**
 * The image of one core, built when there is none for this Containerfile (and this Naemon).
 *
 * `E2E_BASE_IMAGE` names a base image to use instead of a fresh Debian 12 made by debootstrap.
 *
 * @returns its name
 */
export async function ensureImage(kind: CoreKind): Promise<string> {
  const containerfile = join(root, "e2e/images", kind, "Containerfile");
  const image = `localhost/mod-gearman/e2e-${kind}:${fingerprint(kind, containerfile)}`;
  if (await exists(image)) return image;
  const base = process.env.E2E_BASE_IMAGE ?? BASE;
  if (base === BASE && !(await exists(BASE))) await buildBase();
  const context = mkdtempSync(join(tmpdir(), "e2e-context-"));
  try {
    const prefix = kind === "naemon" ? naemonPrefix() : undefined;
    mkdirSync(join(context, "naemon"));
    if (prefix !== undefined)
      cpSync(prefix, join(context, "naemon"), { recursive: true, verbatimSymlinks: true });
    const args = [
      "build",
      "--isolation=chroot",
      "--build-arg",
      `BASE=${base}`,
      "-t",
      image,
      "-f",
      containerfile,
    ];
    if (prefix !== undefined) args.splice(2, 0, "--build-arg", `PREFIX=${prefix}`);
    await command("buildah", [...args, context]);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  return image;
}
