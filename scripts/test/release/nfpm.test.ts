import { expect, test } from "vitest";
import { type Entry, type Format, releaseScript } from "./release-script.ts";

interface Content {
  readonly dst: string;
  readonly type?: string;
  readonly file_info: Readonly<Record<string, unknown>>;
}
interface Facts {
  readonly format: Format;
  readonly arch: string;
  readonly version: string;
  readonly release: string;
  readonly epoch: number;
  readonly maintainer: string;
}
const { fileName, nfpmConfig } = await releaseScript<{
  fileName(name: string, facts: Facts): string;
  nfpmConfig(name: string, entries: readonly Entry[], facts: Facts): { contents: Content[]; mtime: string };
}>("nfpm");

const owner = "mod-gearman-ts-worker";
const entries: Entry[] = [
  { package: owner, kind: "file", mode: 0o755, from: "/x/a", to: "/usr/a" },
  { package: owner, kind: "config", mode: 0o644, from: "/x/b", to: "/etc/b" },
  { package: owner, kind: "link", to: "/usr/c", target: "a" },
  { package: owner, kind: "dir", mode: 0o755, to: "/usr/lib/d" },
  { package: "mod-gearman-ts-tools", kind: "file", mode: 0o644, from: "/x/d", to: "/usr/d" },
];
const facts = (format: Format): Facts => ({
  format,
  arch: "arm64",
  version: "1.2.3",
  release: "1",
  epoch: 86_400,
  maintainer: "A <a@b.example>",
});

test("an rpm marks licences and documentation", () => {
  const paths = ["copyright", "LICENSE.node", "operations.md"].map((name) => `/usr/share/doc/p/${name}`);
  const files = [...paths, "/usr/share/man/man1/a.1.gz", "/usr/bin/a"].map(
    (to): Entry => ({ package: owner, kind: "file", mode: 0o644, from: "/x", to }),
  );
  const types = (format: Format) => nfpmConfig(owner, files, facts(format)).contents.map(({ type }) => type);
  expect(types("rpm")).toEqual(["license", "license", "doc", "doc", undefined]);
  expect(types("deb")).toEqual(files.map(() => undefined));
});

test("a package holds its own entries, all of root and with the time of the release", () => {
  const { contents, mtime } = nfpmConfig(owner, entries, facts("deb"));
  expect(contents.map(({ dst, type }) => [dst, type])).toEqual([
    ["/usr/a", undefined],
    ["/etc/b", "config|noreplace"],
    ["/usr/c", "symlink"],
    ["/usr/lib/d", "dir"],
  ]);
  const info = { owner: "root", group: "root", mtime: "1970-01-02T00:00:00Z" };
  expect(mtime).toBe(info.mtime);
  for (const { file_info } of contents) expect(file_info).toMatchObject(info);
});

test("files are named as the tools of the format name them", () => {
  expect(fileName(owner, facts("deb"))).toBe("mod-gearman-ts-worker_1.2.3-1_arm64.deb");
  expect(fileName(owner, facts("rpm"))).toBe("mod-gearman-ts-worker-1.2.3-1.aarch64.rpm");
  expect(fileName("mod-gearman-ts", facts("deb"))).toBe("mod-gearman-ts_1.2.3-1_all.deb");
  expect(fileName("mod-gearman-ts", facts("rpm"))).toBe("mod-gearman-ts-1.2.3-1.noarch.rpm");
});
