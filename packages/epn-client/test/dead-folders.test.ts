import { once } from "node:events";
import { existsSync, mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { removeDeadFolders } from "../src/dead-folders.ts";

const NOW_MS = Date.now();

/** A folder of a server, last changed some time ago. */
function folderOf(parent: string, name: string, ageSeconds: number): string {
  const folder = join(parent, `mod-gearman-epn-${name}`);
  mkdirSync(folder, 0o700);
  age(folder, ageSeconds);
  return folder;
}

function age(path: string, seconds: number): void {
  const then = NOW_MS / 1000 - seconds;
  utimesSync(path, then, then);
}

/** A socket on which a process listens, or whose process was killed. */
async function socketIn(context: TestContext, folder: string, state: "listens" | "killed"): Promise<void> {
  const path = join(folder, "socket");
  const server = createServer().listen(`${path}.first`);
  await once(server, "listening");
  renameSync(`${path}.first`, path); // Node removes the file with the original name only
  if (state === "listens") context.onTestFinished(() => void server.close());
  else server.close();
}

test("folders of killed servers are removed, used and recent ones stay", async (context) => {
  const parent = tmpFolder(context);
  const killed = folderOf(parent, "killed", 0);
  await socketIn(context, killed, "killed");
  age(join(killed, "socket"), 11);
  const empty = folderOf(parent, "empty", 3601);
  const isYoung = folderOf(parent, "young", 3599);
  const isStarting = folderOf(parent, "starting", 0);
  await socketIn(context, isStarting, "killed");
  const isUsed = folderOf(parent, "used", 0);
  await socketIn(context, isUsed, "listens");
  age(join(isUsed, "socket"), 3601);
  await removeDeadFolders(parent, NOW_MS);
  expect([killed, empty, isYoung, isStarting, isUsed].map((path) => existsSync(path))).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
});

test("other names, links, files and folders with other content stay", async (context) => {
  const parent = tmpFolder(context);
  const target = tmpFolder(context);
  const other = join(parent, "other");
  mkdirSync(other);
  const link = join(parent, "mod-gearman-epn-link");
  symlinkSync(target, link);
  const file = join(parent, "mod-gearman-epn-file");
  writeFileSync(file, "");
  const full = folderOf(parent, "full", 0);
  writeFileSync(join(full, "kept"), "");
  const noSocket = folderOf(parent, "regular", 0);
  writeFileSync(join(noSocket, "socket"), "");
  for (const path of [other, file, full, noSocket, join(noSocket, "socket"), target]) age(path, 3601);
  await removeDeadFolders(parent, NOW_MS);
  for (const path of [other, link, file, join(full, "kept"), join(noSocket, "socket"), target])
    expect(existsSync(path)).toBe(true);
});

test("an unreadable folder is not an error", () => removeDeadFolders("/not/there", NOW_MS));
