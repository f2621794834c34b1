import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../../release/install.sh", import.meta.url));

/** A tree as the Makefile's `all` builds it, and a place to install it. */
function setUp(context: TestContext) {
  const folder = tmpFolder(context);
  const [tree, destdir] = [join(folder, "tree"), join(folder, "dest")];
  for (const path of ["usr/lib/mod-gearman-ts/x", "usr/bin", "etc/mod-gearman"]) {
    mkdirSync(join(tree, "root", path), { recursive: true });
  }
  writeFileSync(join(tree, "root/usr/lib/mod-gearman-ts/x/main.js"), "program");
  writeFileSync(join(tree, "root/etc/mod-gearman/x.conf"), "packaged");
  symlinkSync("../lib/mod-gearman-ts/x/main.js", join(tree, "root/usr/bin/x"));
  const rows = [
    "dir 755 first /usr/lib/mod-gearman-ts",
    "file 755 first /usr/lib/mod-gearman-ts/x/main.js",
    "config 640 first /etc/mod-gearman/x.conf",
    "link 777 second /usr/bin/x",
  ];
  writeFileSync(join(tree, "list"), `${rows.join("\n")}\n`);
  const run = (action: string, packages: readonly string[] = [], env = {}) =>
    execFileSync("sh", [script, action, tree, destdir, ...packages], {
      encoding: "utf8",
      env: { ...process.env, ...env },
    });
  return { folder, destdir, run, settings: join(destdir, "etc/mod-gearman/x.conf") };
}

const paths = (folder: string) =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((path) => !path.endsWith("~")).toSorted();

test("installs files, settings and links, and removes them all", (context) => {
  const { destdir, run } = setUp(context);
  run("install");
  expect(readFileSync(join(destdir, "usr/lib/mod-gearman-ts/x/main.js"), "utf8")).toBe("program");
  expect(readlinkSync(join(destdir, "usr/bin/x"))).toBe("../lib/mod-gearman-ts/x/main.js");
  run("uninstall");
  expect(paths(destdir)).toEqual(["etc", "usr", "usr/bin", "usr/lib"]);
});

test("folders can be entered by all users with any umask", (context) => {
  const { destdir, run } = setUp(context);
  const before = process.umask(0o077);
  try {
    run("install");
  } finally {
    process.umask(before);
  }
  expect((statSync(join(destdir, "usr/bin")).mode & 0o777).toString(8)).toBe("755");
});

test("settings that were changed are neither overwritten nor removed", (context) => {
  const { run, settings } = setUp(context);
  run("install");
  run("install");
  expect(existsSync(`${settings}.new`)).toBe(false);
  writeFileSync(settings, "mine");
  run("install");
  expect([readFileSync(settings, "utf8"), readFileSync(`${settings}.new`, "utf8")]).toEqual([
    "mine",
    "packaged",
  ]);
  expect(run("uninstall")).toContain(`kept, as it was changed: ${settings}`);
  expect([readFileSync(settings, "utf8"), existsSync(`${settings}.new`)]).toEqual(["mine", false]);
});

test("installs only the packages that are named, and lists them for rpm", (context) => {
  const { folder, destdir, run } = setUp(context);
  run("install", ["first"], { FILES_OUT: join(folder, "files") });
  expect(existsSync(join(destdir, "usr/bin/x"))).toBe(false);
  expect(readFileSync(join(folder, "files.first"), "utf8")).toBe(
    "%dir /usr/lib/mod-gearman-ts\n/usr/lib/mod-gearman-ts/x/main.js\n%config(noreplace) /etc/mod-gearman/x.conf\n",
  );
  expect(existsSync(join(folder, "files.second"))).toBe(false);
});
