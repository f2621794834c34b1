import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { bridgePids } from "../src/bridge-pids.ts";
import { linesOf } from "../src/files.ts";
import { startJobServer } from "../src/job-servers.ts";
import { linkPrograms } from "../src/links.ts";
import { waitForStatus } from "../src/status-file.ts";
import { all, ownBridge, type Scene, startTestCore } from "../src/test-core.ts";
import { moduleConf, startWorker } from "../src/workers.ts";

const OTHER_USER = 65_534;
const RELOADS = 50;
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const socketFolders = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.startsWith("mod_gearman-bridge-"));

/** Open descriptors of the core. */
const descriptors = (core: number): number => readdirSync(`/proc/${core}/fd`).length;

async function reload({ core, statusFile }: Scene): Promise<void> {
  const before = core.output().split('"event":"reload"').length;
  const at = nowSeconds();
  process.kill(core.pid, "SIGHUP");
  await waitForStatus(
    statusFile,
    "all checked after the reload",
    (s) =>
      core.output().split('"event":"reload"').length > before && all(s, (_, checkedAt) => checkedAt > at),
  );
}

async function startSite(args: (folder: string) => string): Promise<Scene> {
  const gearmand = await startJobServer("our job server");
  onTestFinished(() => gearmand.stop());
  const worker = startWorker(gearmand.port);
  onTestFinished(async () => {
    await worker.stop();
  });
  return startTestCore("/bin/echo fine", args, moduleConf(gearmand.port));
}

test("tmp-squat: files that another user created first do not interfere; a cleaner of /tmp causes no second bridge", async () => {
  const scene = await startSite((folder) => {
    const squat = join(folder, `mod_gearman-${process.geteuid?.()}`);
    mkdirSync(squat);
    if (process.geteuid?.() === 0) chownSync(squat, OTHER_USER, OTHER_USER);
    return ownBridge(folder);
  });
  const { folder, statusFile, core } = scene;
  await waitForStatus(statusFile, "all services checked", (s) => all(s, (output) => output === "fine"));
  const before = bridgePids(folder);
  expect(before).toHaveLength(1);
  const [own = ""] = socketFolders(folder);
  rmSync(join(folder, own), { recursive: true });
  await reload(scene);
  expect(bridgePids(folder)).toEqual(before);
  expect(socketFolders(folder)).toEqual([own]);
  expect(core.output()).not.toContain('"event":"local"');
  expect(await core.stop()).toBe(0);
  expect(socketFolders(folder)).toEqual([]);
});

test("fifty reloads: one bridge, no additional descriptor", { timeout: 400_000 }, async () => {
  const scene = await startSite(ownBridge);
  const { folder, statusFile, core } = scene;
  await waitForStatus(statusFile, "all services checked", (s) => all(s, (output) => output === "fine"));
  const before = bridgePids(folder);
  await reload(scene);
  const open = descriptors(core.pid);
  const connected = (): number =>
    linesOf(join(folder, "core.log")).filter((line) => line.endsWith("mod_gearman: connected to the bridge"))
      .length;
  for (let i = 1; i < RELOADS; i++) {
    const times = connected();
    process.kill(core.pid, "SIGHUP");
    await waitForStatus(statusFile, "the connection after a reload", () => connected() > times);
  }
  await reload(scene);
  expect(bridgePids(folder)).toEqual(before);
  expect(descriptors(core.pid)).toBe(open);
});

test("no-node: the log of the core contains the bridge's messages and how it ended", async () => {
  const scene = startTestCore(
    "/bin/echo local",
    (folder) => {
      const old = join(folder, "old.cjs");
      writeFileSync(
        old,
        'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.19.0" } });\n',
      );
      const [command, ...args] = linkPrograms(folder).bridgeArgs.split(" ");
      return [command, `bridge_arg=--require=${old}`, ...args, `config=${folder}/module.conf`].join(" ");
    },
    moduleConf(1),
  );
  const log = (): string => linesOf(join(scene.folder, "core.log")).join("\n");
  await waitForStatus(scene.statusFile, "the reason", () =>
    log().includes("the bridge ended with exit code"),
  );
  expect(log()).toContain(
    "mod_gearman: bridge: mod_gearman_bridge: needs Node.js 22.13 or newer, this is 18.19.0",
  );
  expect(log()).toContain("mod_gearman: ERROR - the bridge ended with exit code 2");
});

test("a killed bridge: the log of the core contains the signal, also after a reload", async () => {
  const scene = await startSite(ownBridge);
  const { folder, statusFile } = scene;
  await waitForStatus(statusFile, "all services checked", (s) => all(s, (output) => output === "fine"));
  await reload(scene);
  for (const pid of bridgePids(folder)) process.kill(pid, "SIGKILL");
  const log = (): string => readFileSync(join(folder, "core.log"), "latin1");
  await waitForStatus(statusFile, "the signal", () =>
    log().includes("the bridge was ended by signal 9 (Killed)"),
  );
});
