import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { filesBelow } from "./files.ts";
import { installOtherVersion } from "./other-version.ts";
import { root } from "./paths.ts";

const APPS = {
  gearmand: "gearmand",
  mod_gearman_worker: "worker",
  mod_gearman_bridge: "neb-bridge",
  mod_gearman_enroll: "enroll",
} as const;

export type InstalledProgram = keyof typeof APPS;

/** Version of this checkout, `A.B.C`. */
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  version: string;
};

/** The version with another last digit. */
export const otherVersion = (digit: number): string => `${version.slice(0, -1)}${digit}`;

/** Files of a folder and those below it, without the folder. */
const namesBelow = (folder: string): string[] =>
  filesBelow(folder).map((path) => path.slice(folder.length + 1));

/**
 * Programs and module in the layout of the packages below a folder. `install` replaces them as dpkg does: file by file under
 * what runs, each by a rename, then files that only the former version had are removed.
 */
export class Installation {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Path of a command. */
  command(name: InstalledProgram): string {
    return join(this.#folder, "bin", name);
  }

  get module(): string {
    return join(this.#folder, "mod_gearman.so");
  }

  /** @param digit last one of the version that the programs then say */
  install(digit: number): void {
    for (const name of Object.keys(APPS) as InstalledProgram[]) this.#installProgram(name, digit);
    installOtherVersion(this.module, digit);
  }

  #installProgram(name: InstalledProgram, digit: number): void {
    const from = join(root, "apps", APPS[name], "dist");
    const to = join(this.#folder, "lib", name);
    mkdirSync(to, { recursive: true });
    const present = namesBelow(from).filter((file) => !file.endsWith(".map"));
    // the names of the parts of a program differ between versions
    const named = (text: string): string => text.replaceAll(/-([A-Z0-9]{7})[A-Z0-9](?=\.js)/g, `-$1${digit}`);
    const installed = new Set(present.map(named));
    for (const file of present) {
      const path = join(to, named(file));
      mkdirSync(dirname(path), { recursive: true });
      if (file.endsWith(".js"))
        writeFileSync(
          `${path}.new`,
          named(readFileSync(join(from, file), "utf8")).replaceAll(
            `"${version}"`,
            `"${otherVersion(digit)}"`,
          ),
        );
      else copyFileSync(join(from, file), `${path}.new`);
      chmodSync(`${path}.new`, 0o755);
      renameSync(`${path}.new`, path);
    }
    for (const file of namesBelow(to)) if (!installed.has(file)) rmSync(join(to, file));
    this.#link(name, join(to, "main.js"));
  }

  #link(name: InstalledProgram, target: string): void {
    const path = this.command(name);
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    symlinkSync(target, path);
  }
}
