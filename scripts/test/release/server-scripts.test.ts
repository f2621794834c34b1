import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

const read = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../../packaging/${path}`, import.meta.url)), "utf8");

/** A script of the packages with its paths in a folder. */
function moved(folder: string, path: string): string {
  const file = join(folder, "script");
  writeFileSync(file, read(path).replaceAll(/(?<=[\s=])\/(?:etc|usr|lib|run|var)\//g, `${folder}$&`));
  return file;
}

/** @returns names of the units in /etc/systemd/system after the package is removed */
function afterRemoval(context: TestContext, target: string): string[] {
  const folder = tmpFolder(context);
  const units = join(folder, "etc/systemd/system");
  mkdirSync(units, { recursive: true });
  writeFileSync(join(folder, "of-administrator"), "");
  symlinkSync(join(folder, target), join(units, "gearman-job-server.service"));
  execFileSync("sh", [moved(folder, "scripts/mod-gearman-ts-server.postrm"), "remove"]);
  return readdirSync(units);
}

test("a removed server leaves no alias that hides the unit of the C server", (context) => {
  expect(afterRemoval(context, "lib/systemd/system/gearmand.service")).toEqual([]);
});

test("a link that an administrator made to a unit of his own stays", (context) => {
  expect(afterRemoval(context, "of-administrator")).toEqual(["gearman-job-server.service"]);
});

/** @returns what a purge of the server called, and whether queue and notes are still there */
function afterPurge(context: TestContext, given: { otherServer: boolean; noted: string[] }) {
  const folder = tmpFolder(context);
  for (const path of ["bin", "usr/sbin", "var/lib/gearman", "var/lib/mod-gearman-ts/made"]) {
    mkdirSync(join(folder, path), { recursive: true });
  }
  if (given.otherServer) writeFileSync(join(folder, "usr/sbin/gearmand"), "");
  for (const name of given.noted) writeFileSync(join(folder, "var/lib/mod-gearman-ts/made", name), "");
  for (const name of ["userdel", "groupdel", "update-rc.d"]) {
    const text = `#!/bin/sh\necho "\${0##*/} $*" >>${folder}/called\n`;
    writeFileSync(join(folder, "bin", name), text, { mode: 0o755 });
  }
  const file = moved(folder, "scripts/mod-gearman-ts-server.postrm");
  execFileSync("sh", [file, "purge"], { env: { PATH: `${join(folder, "bin")}:/usr/bin:/bin` } });
  return {
    called: readFileSync(join(folder, "called"), "utf8").split("\n").slice(1, -1),
    hasQueue: existsSync(join(folder, "var/lib/gearman")),
    hasNotes: existsSync(join(folder, "var/lib/mod-gearman-ts")),
  };
}

const BOTH = ["user-gearman", "group-gearman"];

test("a purge removes queue, user and group that the package made", (context) => {
  const after = afterPurge(context, { otherServer: false, noted: BOTH });
  expect(after).toEqual({
    called: ["userdel gearman", "groupdel gearman"],
    hasQueue: false,
    hasNotes: false,
  });
});

test("a purge leaves a user that was there before", (context) => {
  expect(afterPurge(context, { otherServer: false, noted: ["group-gearman"] }).called).toEqual([
    "groupdel gearman",
  ]);
});

test("a purge leaves queue and user to another server that is installed", (context) => {
  const after = afterPurge(context, { otherServer: true, noted: BOTH });
  expect(after).toEqual({ called: [], hasQueue: true, hasNotes: false });
});

test.for([
  ["gearmand", "usr/sbin/gearmand"] as const,
  ["mod-gearman-worker", "usr/bin/mod_gearman_worker"] as const,
])("the init script %s that stays behind does not start a program of others", ([name, daemon], context) => {
  const folder = tmpFolder(context);
  mkdirSync(join(folder, dirname(daemon)), { recursive: true });
  writeFileSync(join(folder, daemon), "#!/bin/sh\n", { mode: 0o755 });
  // it would end with an error at the functions of the system, which the folder lacks
  expect(execFileSync("sh", [moved(folder, `init/${name}`), "start"], { encoding: "utf8" })).toBe("");
});
