import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { tmpFolder } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";

import { listenForCore } from "../../src/link/listener.ts";
import {
  ensureOwnFolder,
  ownFolderOf,
  removeAbandonedFolders,
  removeOwnFolder,
} from "../../src/link/own-folder.ts";

const problem = (text: string): void => expect.unreachable(text);

test("only the folder created by the module is the bridge's own", () => {
  expect(ownFolderOf("/run/mod_gearman-bridge-a1B2c3/bridge.sock")).toBe("/run/mod_gearman-bridge-a1B2c3");
  expect(ownFolderOf("/run/mod-gearman/bridge.sock")).toBeUndefined();
  expect(ownFolderOf("/run/mod_gearman-bridge-a1B2c3d/bridge.sock")).toBeUndefined();
});

test("the folder is created again, private; a link, a file or an open folder in its place is refused", (context) => {
  const parent = tmpFolder(context);
  const folder = join(parent, "mod_gearman-bridge-aaaaaa");
  ensureOwnFolder(folder);
  ensureOwnFolder(folder);
  expect(lstatSync(folder).mode & 0o777).toBe(0o700);
  chmodSync(folder, 0o755);
  expect(() => ensureOwnFolder(folder)).toThrow(/not a private folder/);
  removeOwnFolder(folder);
  expect(existsSync(folder)).toBe(false);
  removeOwnFolder(folder);
  writeFileSync(folder, "");
  expect(() => ensureOwnFolder(folder)).toThrow(/not a private folder/);
  const link = join(parent, "mod_gearman-bridge-bbbbbb");
  symlinkSync(parent, link);
  expect(() => ensureOwnFolder(link)).toThrow(/not a private folder/);
  expect(() => ensureOwnFolder(join(parent, "missing", "x"))).toThrow(
    expect.objectContaining({ code: "CANNOT_LISTEN" }),
  );
});

test("folders of bridges that were killed are removed, others stay", async (context) => {
  const parent = tmpFolder(context);
  const make = (name: string): string => {
    mkdirSync(join(parent, name), 0o700);
    return join(parent, name, "bridge.sock");
  };
  const own = make("mod_gearman-bridge-ownown");
  const dead = make("mod_gearman-bridge-deaddd");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${dead}.x`, resolve));
  // As after kill -9: the socket exists and refuses.
  linkSync(`${dead}.x`, dead);
  await new Promise((resolve) => server.close(resolve));
  const living = await listenForCore(make("mod_gearman-bridge-living"), () => undefined, problem);
  onTestFinished(() => living.close());
  make("mod_gearman-bridge-newnew"); // its bridge is not listening yet
  make("another-folder");
  writeFileSync(make("mod_gearman-bridge-filefi"), "no socket");
  const now = Date.now();
  await removeAbandonedFolders(join(own, ".."), now);
  expect(readdirSync(parent).toSorted()).toEqual([
    "another-folder",
    "mod_gearman-bridge-filefi",
    "mod_gearman-bridge-living",
    "mod_gearman-bridge-newnew",
    "mod_gearman-bridge-ownown",
  ]);
  await removeAbandonedFolders(join(own, ".."), now + 3_700_000);
  expect(readdirSync(parent)).not.toContain("mod_gearman-bridge-newnew");
});
