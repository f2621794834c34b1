import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";

const dist = fileURLToPath(new URL("../../../dist", import.meta.url));

/** Package files of one kind in a folder of dist/, by the name of the package. Skips the test if a release has not been built. */
export function built(context: TestContext, end: string, below = ""): Map<string, string> {
  const folder = join(dist, below);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(end)) : [];
  if (files.length === 0) {
    const whyNot = `no *${end} in dist: pnpm release`;
    Object.assign(context.task.meta, { whyNot });
    context.skip(whyNot);
  }
  const nameOf = (file: string) => file.replace(/[_-]\d+\.\d+\.\d+.*$/, "");
  return new Map(files.map((file) => [nameOf(file), join(folder, file)]));
}

/** Value of a field of a deb. */
export function debField(file: string, field: string): string {
  return execFileSync("dpkg-deb", ["--field", file, field], { encoding: "utf8" }).trim();
}

/** Rows of a query about an rpm. */
export function rpmQuery(file: string, ...args: readonly string[]): string[] {
  const text = execFileSync("rpm", ["--query", "--package", "--nosignature", ...args, file], {
    encoding: "utf8",
  });
  return text.split("\n").filter((line) => line !== "");
}

/** Unpacks a deb. */
export function unpack(file: string, to: string): void {
  execFileSync("dpkg-deb", ["--extract", file, to]);
}
