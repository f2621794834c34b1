import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type TestContext, tmpFolder } from "@mod-gearman/testkit";

/** Fields of a control file. */
export type Control = Readonly<Record<string, string>>;

const stanza = (control: Control) =>
  Object.entries(control)
    .map(([field, value]) => `${field}: ${value}\n`)
    .join("");

/** A package without files. @returns its path */
export function emptyDeb(context: TestContext, control: Control): string {
  const folder = tmpFolder(context);
  const tree = join(folder, "tree");
  mkdirSync(join(tree, "DEBIAN"), { recursive: true });
  const all = { Architecture: "amd64", Maintainer: "T <t@localhost>", Description: "t", ...control };
  writeFileSync(join(tree, "DEBIAN/control"), stanza(all));
  const file = join(folder, `${control.Package}.deb`);
  execFileSync("dpkg-deb", ["--build", "--root-owner-group", tree, file]);
  return file;
}

const controlOf = (deb: string) => execFileSync("dpkg-deb", ["--field", deb], { encoding: "utf8" });

/** What apt would do on a machine of its own: with these packages installed, and those in its only repository. */
export class AptMachine {
  readonly #folder: string;

  /**
   * @param installed paths of debs, or control fields of packages that need no file
   * @param offered paths of debs
   */
  constructor(context: TestContext, installed: readonly (string | Control)[], offered: readonly string[]) {
    this.#folder = tmpFolder(context);
    for (const part of ["state/lists/partial", "cache/archives/partial", "etc/preferences.d", "repository"]) {
      mkdirSync(join(this.#folder, part), { recursive: true });
    }
    const status = installed.map((one) => {
      const text = typeof one === "string" ? controlOf(one) : stanza({ Architecture: "amd64", ...one });
      return `${text.trimEnd()}\nStatus: install ok installed\n`;
    });
    writeFileSync(join(this.#folder, "state/status"), status.join("\n"));
    writeFileSync(
      join(this.#folder, "repository/Packages"),
      offered.map((deb) => this.#offer(deb)).join("\n"),
    );
    writeFileSync(
      join(this.#folder, "sources.list"),
      `deb [trusted=yes] file:${join(this.#folder, "repository")} ./\n`,
    );
    this.#apt("update");
  }

  #offer(deb: string): string {
    const name = `${createHash("sha256").update(deb).digest("hex").slice(0, 8)}-${basename(deb)}`;
    copyFileSync(deb, join(this.#folder, "repository", name));
    const bytes = readFileSync(deb);
    const sum = createHash("sha256").update(bytes).digest("hex");
    return `${controlOf(deb).trimEnd()}\nFilename: ./${name}\nSize: ${bytes.length}\nSHA256: ${sum}\n`;
  }

  #apt(...args: readonly string[]): string {
    const settings: Readonly<Record<string, string>> = {
      Dir: this.#folder,
      "Dir::State": join(this.#folder, "state"),
      "Dir::State::status": join(this.#folder, "state/status"),
      "Dir::Cache": join(this.#folder, "cache"),
      "Dir::Etc": join(this.#folder, "etc"),
      "Dir::Etc::SourceList": join(this.#folder, "sources.list"),
      "Dir::Etc::SourceParts": "/dev/null",
      "Dir::Log": this.#folder,
      "APT::Architecture": "amd64",
      "APT::Architectures": "amd64",
      "APT::Sandbox::User": "root",
      "APT::Install-Recommends": "false",
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    return execFileSync("apt-get", [...options, ...args], {
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    });
  }

  /** Packages that a command would install and remove: `+name`, `-name`, sorted. */
  changes(...command: readonly string[]): string[] {
    const text = this.#apt("--simulate", ...command);
    const rows = [...text.matchAll(/^(Inst|Remv) (\S+)/gm)];
    return rows.map(([, verb, name]) => `${verb === "Inst" ? "+" : "-"}${name}`).toSorted();
  }
}
