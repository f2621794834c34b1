import { expect, test } from "vitest";
import { releaseScript } from "./release-script.ts";

interface Relations {
  readonly depends: readonly string[];
  readonly conflicts: readonly string[];
  readonly replaces: readonly string[];
  readonly provides: readonly string[];
}
const { packages, relations, versionForPackages } = await releaseScript<{
  packages: Readonly<Record<string, { readonly alternativeTo?: string }>>;
  relations(name: string, format: string, arch: { rpmIsa: string }, release: string): Relations;
  versionForPackages(text: string): string;
}>("packages");

const names = Object.keys(packages);
const arch = { rpmIsa: "x86-64" };
const of = (name: string, format: string) => relations(name, format, arch, "1.2.3-1");
const bare = (relation: string) => relation.replace(/ .*/, "");

/** Of two alternatives only one is installed. */
const areAlternatives = (one: string, other: string) =>
  packages[one]?.alternativeTo === other || packages[other]?.alternativeTo === one;

test.for(["deb", "rpm"])(
  "%s: no package conflicts with what another of the suite is or provides",
  (format) => {
    for (const name of names) {
      const others = names.filter((other) => other !== name && !areAlternatives(name, other));
      const there = others.flatMap((other) => [other, ...of(other, format).provides.map(bare)]);
      expect(of(name, format).conflicts.filter((conflict) => there.includes(bare(conflict)))).toEqual([]);
    }
  },
);

test.for(["mod-gearman-module", "mod-gearman-worker", "mod-gearman-tools", "gearman-job-server"])(
  "one package stands in for %s of Debian, with its version",
  (classic) => {
    const ours = names.filter((name) => of(name, "deb").conflicts.includes(classic));
    expect(ours.filter((name) => packages[name]?.alternativeTo === undefined)).toHaveLength(1);
    const { replaces, provides } = of(ours[0] ?? "", "deb");
    expect(replaces).toContain(classic);
    expect(provides.filter((one) => bare(one) === classic)).toEqual([
      expect.stringMatching(/ \(= \d[\d.]+\)$/),
    ]);
  },
);

test("the packages of the suite depend on this release or later ones", () => {
  expect(of("mod-gearman-ts-worker", "deb").depends).toContain("mod-gearman-ts-runtime (>= 1.2.3-1)");
  expect(of("mod-gearman-ts-worker", "rpm").depends).toContain("mod-gearman-ts-runtime >= 1.2.3-1");
});

test("a pre-release sorts before its release", () =>
  expect(versionForPackages("1.0.0-rc.1")).toBe("1.0.0~rc.1"));
