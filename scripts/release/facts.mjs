import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Folder of the repository. */
export const root = dirname(dirname(import.meta.dirname));

/** Everything that a release makes on its way; ignored by git. */
export const buildFolder = join(root, "build/release");

/** Version of the suite: all packages have the same (changesets, `fixed`). */
export function version() {
  return JSON.parse(readFileSync(join(root, "apps/worker/package.json"), "utf8")).version;
}

/** Counts packages made of one version; part of the version of deb and rpm. */
export const PACKAGE_RELEASE = "1";

/**
 * Seconds since 1970 that every file of a release carries: SOURCE_DATE_EPOCH if it is set, else the time of the commit,
 * else (a source tarball) the time in the file that the tarball brings.
 */
export function sourceDateEpoch(env = process.env) {
  const text = env.SOURCE_DATE_EPOCH ?? epochOfCommit() ?? epochOfTarball();
  const seconds = Number(text);
  if (!Number.isSafeInteger(seconds) || seconds <= 0) throw new Error(`SOURCE_DATE_EPOCH=${text}: no time`);
  return seconds;
}

/** Files of a source tarball that hold the time of its commit, and who made the packages. */
export const EPOCH_FILE = ".source-date-epoch";
export const MAINTAINER_FILE = ".maintainer";

function epochOfCommit() {
  return ofCommit("%ct");
}

/** A fact about the commit that is checked out, in a format of `git log`. */
function ofCommit(format) {
  try {
    const options = { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    const args = ["--git-dir", join(root, ".git"), "log", "-1", `--format=${format}`];
    return execFileSync("git", args, options).trim();
  } catch {
    return undefined; // not a clone, or no git
  }
}

function epochOfTarball() {
  const text = ofTarball(EPOCH_FILE);
  if (text === undefined) throw new Error(`no commit and no ${EPOCH_FILE}: set SOURCE_DATE_EPOCH`);
  return text;
}

function ofTarball(name) {
  try {
    return readFileSync(join(root, name), "utf8").trim();
  } catch {
    return undefined;
  }
}

/**
 * Who answers for packages, `Name <address>`.
 *
 * @param given what was asked for; else the author of the commit, or (a source tarball) who made it
 * @throws Error if it is no name with an address
 */
export function maintainer(given = ofCommit("%an <%ae>") ?? ofTarball(MAINTAINER_FILE)) {
  if (/^[^<>\n]*[^<>\s] <[^<>\s@]+@[^<>\s@]+>$/.test(given ?? "")) return given;
  throw new Error(`maintainer ${given}: has to be Name <address>`);
}

/** Architectures: names of Node, of Debian, of rpm, of the folders of libraries, and prefix of the compilers. */
export const architectures = {
  amd64: { node: "x64", rpm: "x86_64", triplet: "x86_64-linux-gnu", rpmIsa: "x86-64" },
  arm64: { node: "arm64", rpm: "aarch64", triplet: "aarch64-linux-gnu", rpmIsa: "aarch-64" },
};
