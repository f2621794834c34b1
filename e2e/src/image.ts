import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { naemonPrefix, nagiosPrefix } from "./capabilities.ts";
import { command } from "./command.ts";
import { root } from "./paths.ts";

const baseOf = (suite: string): string => `localhost/mod-gearman/e2e-base:${suite}`;
const BASE = baseOf("bookworm");
const BUILD_MS = 600_000;

export type CoreKind = "nagios4" | "naemon";
/** A core, or a machine on which packages are installed. */
type ImageKind = CoreKind | "machine";

/** True if podman has the image. */
export async function imageExists(image: string): Promise<boolean> {
  return command("podman", ["image", "exists", image]).then(
    () => true,
    () => false,
  );
}

/**
 * The apt settings of this machine, so that the image gets packages in the same way.
 *
 * @param sources also where from; debootstrap has written that of another release
 */
function copyAptSettings(rootFolder: string, sources: boolean): void {
  const paths = sources ? ["etc/apt/sources.list", "etc/apt/sources.list.d"] : [];
  for (const path of [...paths, "etc/apt/apt.conf.d"]) {
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

/** A fresh root of a release of Debian, made by debootstrap if it is missing. @returns the name of its image */
export async function ensureDebian(suite: string): Promise<string> {
  if (!(await imageExists(baseOf(suite)))) await buildBase(suite);
  return baseOf(suite);
}

async function buildBase(suite: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "e2e-base-"));
  try {
    const rootFolder = join(folder, "root");
    const args = ["--variant=minbase", "--include=ca-certificates", suite, rootFolder];
    await command("debootstrap", args, { timeoutMs: BUILD_MS });
    copyAptSettings(rootFolder, suite === "bookworm");
    const tar = join(folder, "root.tar");
    await command("tar", ["-C", rootFolder, "--one-file-system", "-cf", tar, "."]);
    await command("podman", ["import", tar, baseOf(suite)]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prefix of the core to copy into the image; undefined if the image installs packages. */
function prefixToCopy(kind: ImageKind): string | undefined {
  if (kind === "machine") return undefined;
  const prefix = kind === "naemon" ? naemonPrefix() : nagiosPrefix();
  return prefix === "/usr" ? undefined : prefix;
}

function programOf(kind: ImageKind, prefix: string): string {
  return join(prefix, "bin", kind === "naemon" ? "naemon" : "nagios");
}

/** Of everything that the image is made from. */
function fingerprint(kind: ImageKind, containerfile: string, base: string): string {
  const hash = createHash("sha256").update(readFileSync(containerfile)).update(`\0${base}\0`);
  const prefix = prefixToCopy(kind);
  if (prefix !== undefined) hash.update(`${prefix}\0`).update(readFileSync(programOf(kind, prefix)));
  return hash.digest("hex").slice(0, 12);
}

/**
 * The image of one core or machine, built if missing for this Containerfile (and this core).
 *
 * `E2E_BASE_IMAGE` names a base image to use instead of a fresh Debian 12 made by debootstrap.
 *
 * @returns its name
 */
export async function ensureImage(kind: ImageKind): Promise<string> {
  const containerfile = join(root, "e2e/images", kind, "Containerfile");
  const base = process.env.E2E_BASE_IMAGE ?? BASE;
  const image = `localhost/mod-gearman/e2e-${kind}:${fingerprint(kind, containerfile, base)}`;
  if (await imageExists(image)) return image;
  if (base === BASE) await ensureDebian("bookworm");
  const prefix = prefixToCopy(kind);
  await buildImage(image, containerfile, {
    values: { BASE: base, ...(prefix === undefined ? {} : { PREFIX: prefix }) },
    prepare: (context) => {
      mkdirSync(join(context, "core"));
      if (prefix !== undefined)
        cpSync(prefix, join(context, "core"), { recursive: true, verbatimSymlinks: true });
    },
    timeoutMs: BUILD_MS,
  });
  return image;
}

interface ImageBuild {
  /** Of the arguments of the Containerfile. */
  readonly values: Readonly<Record<string, string>>;
  /** Puts files into the folder that the Containerfile may copy from. */
  prepare?(context: string): void;
  readonly timeoutMs: number;
}

/** Builds an image with a folder of its own to copy from. */
export async function buildImage(
  image: string,
  containerfile: string,
  { values, prepare, timeoutMs }: ImageBuild,
): Promise<void> {
  const context = mkdtempSync(join(tmpdir(), "e2e-context-"));
  try {
    prepare?.(context);
    const words = Object.entries(values).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
    const args = ["build", "--isolation=chroot", ...words, "-t", image, "-f", containerfile, context];
    await command("buildah", args, { timeoutMs });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}
