import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { type Entry, type Format, type Program, releaseScript } from "./release-script.ts";

interface Places {
  readonly config: string;
}
interface Architecture {
  readonly triplet: string;
}
const { architectures } = await releaseScript<{ architectures: Record<"amd64" | "arm64", Architecture> }>(
  "facts",
);
const { placesOf } = await releaseScript<{
  placesOf(format: Format, arch: Architecture, prefix?: { prefix: string; sysconfdir: string }): Places;
}>("places");
const { layout } = await releaseScript<{ layout(format: Format, places: Places, made: object): Entry[] }>(
  "layout",
);
const { programs } = await releaseScript<{ programs: readonly Program[] }>("programs");
const { installedFolders, ownerOf } = await releaseScript<{
  installedFolders: readonly string[];
  ownerOf(path: string): string;
}>("packaging-files");
const { packages } = await releaseScript<{ packages: Readonly<Record<string, unknown>> }>("packages");

const formats: readonly Format[] = ["deb", "rpm", "prefix"];
const packaging = fileURLToPath(new URL("../../../packaging", import.meta.url));

/** The layout of programs of two files each. */
function made(context: TestContext, format: Format, more = {}): Entry[] {
  const folder = tmpFolder(context);
  const staged = programs.map(({ command }) => {
    mkdirSync(join(folder, command));
    for (const name of ["main.js", "program.js"]) writeFileSync(join(folder, command, name), "");
    return [command, join(folder, command)];
  });
  const documents = Object.fromEntries(Object.keys(packages).map((name) => [name, ["/made/copyright"]]));
  const parts = { node: "node", nodeLicense: "LICENSE", module: "module.so", documents, ...more };
  return layout(format, placesOf(format, architectures.amd64), {
    ...parts,
    programs: Object.fromEntries(staged),
  });
}

test.for(formats)(
  "%s: every link leads to something that is installed by the same package",
  (format, context) => {
    const entries = made(context, format);
    for (const { to, target, package: owner } of entries.filter(({ kind }) => kind === "link")) {
      const reached = resolve(to, "..", target ?? "");
      expect(entries.find((one) => one.to === reached)?.package, to).toBe(owner);
    }
  },
);

test.for(formats)("%s: every file of an entry exists in the repository or was made", (format, context) => {
  const made_ = made(context, format).filter(
    ({ from }) => from?.startsWith("/") === true && from !== "/made/copyright",
  );
  expect(made_.length).toBeGreaterThan(20);
  expect(made_.filter(({ from }) => !existsSync(from ?? ""))).toEqual([]);
});

test.for(formats)("%s: every program has its command, manual and completions", (format, context) => {
  const paths = made(context, format).map(({ to }) => to);
  for (const { command, sbin } of programs) {
    expect(paths).toContain(`/usr/${sbin ? "sbin" : "bin"}/${command}`);
    expect(paths.filter((path) => path.includes(`/man/`) && path.includes(`/${command}.`))).toHaveLength(1);
    expect(paths.filter((path) => /complet|functions/.test(path) && path.endsWith(command))).toHaveLength(2);
  }
});

test.for(formats)("%s: a package lists the folders that only the suite makes", (format, context) => {
  const entries = made(context, format);
  const folders = entries.filter(({ kind }) => kind === "dir");
  const ofWorker = folders.filter((one) => one.package === "mod-gearman-ts-worker").map(({ to }) => to);
  expect(ofWorker).toEqual(
    expect.arrayContaining(["/usr/lib/mod-gearman-ts", "/usr/lib/mod-gearman-ts/mod_gearman_worker"]),
  );
  expect(folders.filter(({ to }) => /^(?:\/usr\/(?:lib|bin|share)|\/etc)$/.test(to))).toEqual([]);
});

test("the tools as one executable are a package only where they were built", (context) => {
  const commands = (more: object) =>
    made(context, "deb", more).filter(
      (one) => one.package === "mod-gearman-ts-tools-bun" && one.kind !== "dir",
    );
  expect(commands({})).toEqual([]);
  expect(commands({ tools: "tools" }).map(({ to }) => to)).toEqual(
    expect.arrayContaining(["/usr/bin/send_gearman", "/usr/share/doc/mod-gearman-ts-tools-bun/copyright"]),
  );
});

test("the module is found where configurations of the classic packages name it", (context) => {
  const debs = made(context, "deb").map(({ to }) => to);
  expect(debs).toEqual(
    expect.arrayContaining([
      "/usr/lib/mod_gearman/mod_gearman_ts.so",
      "/usr/lib/mod_gearman/mod_gearman_nagios4.o",
      "/usr/lib/x86_64-linux-gnu/mod_gearman/mod_gearman_naemon.o",
    ]),
  );
  expect(made(context, "rpm").map(({ to }) => to)).toContain("/usr/lib64/mod_gearman/mod_gearman_naemon.o");
});

test("settings lie where the classic packages have them, and where our units look", (context) => {
  const path = (format: Format) =>
    made(context, format)
      .map(({ to }) => to)
      .filter((to) => to.endsWith("/worker.conf"));
  expect(path("deb")).toEqual(["/etc/mod-gearman/worker.conf"]);
  expect(path("rpm")).toEqual(["/etc/mod-gearman/worker.conf", "/etc/mod_gearman/worker.conf"]);
});

/** Files of packaging/, below its folders. */
const packagingFiles = readdirSync(packaging, { withFileTypes: true })
  .filter((one) => one.isDirectory())
  .flatMap(({ name }) => readdirSync(join(packaging, name)).map((file) => `${name}/${file}`));
const isScript = (file: string) => file.startsWith("scripts/");

test("every file of packaging/ belongs to a package", () => {
  const files = packagingFiles.filter((file) => installedFolders.includes(file.split("/")[0] ?? ""));
  expect(files.length).toBeGreaterThan(10);
  for (const file of files) expect(Object.keys(packages)).toContain(ownerOf(file));
  expect(() => ownerOf("etc/other.conf")).toThrow("its name says no package");
});

test("every script of packaging/ is one of a package", () => {
  const suffix = /\.(?:preinst|postinst|prerm|postrm|triggers|rpm\.(?:pre|post|preun|postun))$/;
  const scripts = packagingFiles.filter(isScript).map((file) => file.slice("scripts/".length));
  expect(scripts.filter((name) => !suffix.test(name))).toEqual([]);
  expect(scripts.map((name) => name.replace(suffix, "")).filter((name) => !(name in packages))).toEqual([]);
});
