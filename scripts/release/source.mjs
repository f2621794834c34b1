// The source tarball: the commit, and what rpmbuild and dpkg-buildpackage want to find in it.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debianChangelog } from "./changelog.mjs";
import { copyrightFile } from "./copyright.mjs";
import { debianControl, debianRules } from "./debian-source.mjs";
import { buildFolder, EPOCH_FILE, MAINTAINER_FILE, root } from "./facts.mjs";
import { gzip } from "./materialize.mjs";
import { packages } from "./packages.mjs";
import { rpmSpec } from "./rpm-spec.mjs";
import { run } from "./run.mjs";

const NAME = "mod-gearman-ts";

/** The folder `debian` of a source package. */
function writeDebianFolder(folder, facts) {
  mkdirSync(join(folder, "source"), { recursive: true });
  const files = {
    changelog: debianChangelog(NAME, facts),
    control: debianControl(facts),
    copyright: copyrightFile("mod-gearman-ts-module"),
    "source/format": "3.0 (native)\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, "rules"), debianRules(), { mode: 0o755 });
  const scripts = join(root, "packaging/scripts");
  for (const name of readdirSync(scripts)) {
    const isOfDeb =
      !name.includes(".rpm.") && Object.keys(packages).some((owner) => name.startsWith(`${owner}.`));
    if (isOfDeb) cpSync(join(scripts, name), join(folder, name));
  }
}

/**
 * Writes the tarball of the commit that is checked out; changes that are not committed are not in it.
 *
 * @param facts `version` (of packages), `release` (version and release), `epoch`, `maintainer`
 * @returns path; undefined outside a clone, where the source is such a tarball already
 */
export function writeSource(out, facts) {
  const folder = `${NAME}-${facts.version}`;
  const scratch = join(buildFolder, "source");
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const commit = join(scratch, "commit.tar");
  run("git", ["-c", "tar.umask=0022", "archive", `--prefix=${folder}/`, "--output", commit, "HEAD"]);
  run("tar", ["-xf", commit, "-C", scratch]);
  rmSync(commit);
  const tree = join(scratch, folder);
  writeDebianFolder(join(tree, "debian"), { ...facts, version: facts.version.replace("~", "-") });
  writeFileSync(join(tree, `${NAME}.spec`), rpmSpec(facts));
  writeFileSync(join(tree, EPOCH_FILE), `${facts.epoch}\n`);
  writeFileSync(join(tree, MAINTAINER_FILE), `${facts.maintainer}\n`);
  const archive = join(scratch, `${folder}.tar`);
  run("tar", [
    ...["--sort=name", `--mtime=@${facts.epoch}`, "--owner=0", "--group=0", "--numeric-owner", "--mode=go-w"],
    ...["--format=gnu", "-cf", archive, "-C", scratch, folder],
  ]);
  const file = join(out, `${folder}.tar.gz`);
  writeFileSync(file, gzip(readFileSync(archive)));
  return file;
}
