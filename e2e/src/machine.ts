import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { onTestFinished } from "vitest";

import { command } from "./command.ts";
import { removeContainer, runContainer } from "./containers.ts";
import { ensureImage } from "./image.ts";

/** What is at a path: a file with its text, or with the contents of a file of this machine, or a link. */
export type Entry =
  | string
  | { readonly text: string; readonly mode: number }
  | { readonly from: string; readonly mode: number }
  | { readonly link: string };

/** Absolute paths and what is there. */
export type Layout = Readonly<Record<string, Entry>>;

/** A package with stand-ins, as `dpkg` sees it. Its files below `/etc` are its configuration files. */
export interface StandInPackage {
  readonly name: string;
  readonly version: string;
  readonly files: Layout;
}

/** A container with systemd and the file system of a machine, without network. Everything in it runs as root or by `su`. */
export interface Machine {
  /** Runs a script with `bash -eu`, for others than root in a login environment. @throws Error with the end of its output */
  run(script: string, user?: string): Promise<void>;
  /** As `run`. @returns standard output */
  ask(script: string): Promise<string>;
  /** Folder of this machine that is `/observed` there. */
  readonly observed: string;
}

const STEP_MS = 120_000;

export function executable(text: string): Entry {
  return { text, mode: 0o755 };
}

function write(folder: string, layout: Layout): void {
  for (const [path, entry] of Object.entries(layout)) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof entry === "string") writeFileSync(target, entry);
    else if ("link" in entry) symlinkSync(entry.link, target);
    else {
      if ("text" in entry) writeFileSync(target, entry.text);
      else cpSync(entry.from, target);
      chmodSync(target, entry.mode);
    }
  }
}

function writePackage(folder: string, { name, version, files }: StandInPackage): void {
  const conffiles = Object.keys(files).filter((path) => path.startsWith("/etc/"));
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    "Architecture: amd64",
    "Maintainer: nobody <nobody@localhost>",
    "Description: stand-in",
  ];
  write(folder, {
    ...files,
    "/DEBIAN/control": `${control.join("\n")}\n`,
    "/DEBIAN/conffiles": conffiles.map((path) => `${path}\n`).join(""),
  });
}

/** Builds the packages into a repository that apt knows, the only one, and installs them. */
const INSTALL = `
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d && mkdir -p /etc/apt/sources.list.d /srv/repository
cd /srv/repository
for folder in /setup/packages/*; do dpkg-deb --root-owner-group --build "$folder" . >/dev/null; done
for file in *.deb; do
  dpkg-deb --field "$file"
  printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$file" "$(stat -c %s "$file")" "$(sha256sum "$file" | cut -d' ' -f1)"
done > Packages
echo 'deb [trusted=yes] file:/srv/repository ./' > /etc/apt/sources.list.d/site.list
apt-get update -qq
dpkg --install *.deb >/dev/null`;

/**
 * Starts a machine. It is removed at the end of the test.
 *
 * @param packages installed on it, and in its repository
 * @param layout further files, over those of the packages
 * @param folder of our packages; is `/root/packages` there, where scripts of root start
 */
export async function startMachine(
  packages: readonly StandInPackage[],
  layout: Layout,
  folder: string,
): Promise<Machine> {
  const setup = mkdtempSync(join(tmpdir(), "e2e-machine-"));
  const id = `mod-gearman-${basename(setup)}`;
  onTestFinished(async () => {
    await removeContainer(id);
    rmSync(setup, { recursive: true, force: true });
  });
  mkdirSync(join(setup, "observed"), { mode: 0o777 });
  chmodSync(join(setup, "observed"), 0o777);
  mkdirSync(join(setup, "packages"));
  for (const one of packages) writePackage(join(setup, "packages", one.name), one);
  write(join(setup, "layout"), layout);
  const mounts = [
    ["-v", `${setup}:/setup:ro`],
    ["-v", `${join(setup, "observed")}:/observed:rw`],
    ["-v", `${folder}:/root/packages:ro`],
  ].flat();
  const image = await ensureImage("machine");
  await runContainer(
    id,
    ...["--privileged", "--systemd=always", "--stop-signal=SIGKILL", "--network", "none"],
    ...mounts,
    ...[image, "/lib/systemd/systemd"],
  );
  const start = (script: string, user: string): Promise<string> => {
    const text = `cd; [ "$(id -u)" != 0 ] || cd packages\n${script}`;
    const shell =
      user === "root"
        ? ["bash", "-eu", "-c", text]
        : ["su", "-", user, "-s", "/bin/bash", "-c", `set -eu\n${text}`];
    const env = ["--env", "DEBIAN_FRONTEND=noninteractive"];
    return command("podman", ["exec", ...env, id, ...shell], { timeoutMs: STEP_MS });
  };
  const run = async (script: string, user = "root"): Promise<void> => {
    await start(`exec >&2\n${script}`, user);
  };
  await run(
    `systemctl is-system-running --wait || :\n${packages.length === 0 ? "" : INSTALL}\ncp -a /setup/layout/. /`,
  );
  return { run, ask: (script) => start(script, "root"), observed: join(setup, "observed") };
}
