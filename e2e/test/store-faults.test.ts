import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { waitFor } from "@mod-gearman/testkit";

import { expect, onTestFinished, type TestContext, test } from "vitest";

import { PACKET, request } from "../src/gearman-wire.ts";
import { type JobServer, startJobServer } from "../src/job-servers.ts";
import { skipWithout } from "../src/needs.ts";
import { RawPeer } from "../src/raw-peer.ts";

const LIMIT_MS = 60_000;
const DISK = "size=4m";

function folderFor(): string {
  const folder = mkdtempSync(join(tmpdir(), "e2e-store-fault-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A file system of 4 MiB at `folder`, until the end of the test. */
function mountSmallDisk(context: TestContext, folder: string): void {
  const { status, error, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", DISK, "tmpfs", folder], {
    encoding: "utf8",
  });
  skipWithout(
    context,
    status === 0 ? undefined : `no mounts allowed here: ${error?.message ?? stderr.trim()}`,
  );
  onTestFinished(() => {
    spawnSync("umount", ["--lazy", folder]);
  });
}

async function startServer(file: string): Promise<JobServer> {
  const server = await startJobServer("our job server", [
    "--queue-type=libsqlite3",
    `--libsqlite3-db=${file}`,
  ]);
  onTestFinished(() => server.stop());
  return server;
}

/** A foreground job and a worker that does it: both need no store. */
async function foregroundWorks(port: number): Promise<void> {
  const [client, worker] = [await RawPeer.connect(port), await RawPeer.connect(port)];
  expect(await client.submit(PACKET.SUBMIT_JOB, "foreground", "", "w")).toBe(true);
  expect((await worker.takeAll(["foreground"])).length).toBe(1);
  client.close();
  worker.close();
}

test("a full disk: background jobs are refused, all else works, nothing acknowledged is lost", async (context) => {
  const folder = folderFor();
  mountSmallDisk(context, folder);
  const file = join(folder, "queue.db");
  const server = await startServer(file);
  const peer = await RawPeer.connect(server.port);
  const kept: string[] = [];
  let isFull = false;
  for (let at = 0; !isFull; at++) {
    const unique = `job-${at}`;
    if (await peer.submit(PACKET.SUBMIT_JOB_BG, "f", unique, Buffer.alloc(100_000, unique)))
      kept.push(unique);
    else isFull = true;
  }
  expect(kept.length).toBeGreaterThan(3);
  expect(await peer.submit(PACKET.SUBMIT_JOB_BG, "f", "more", Buffer.alloc(1000))).toBe(false);
  await foregroundWorks(server.port);
  await server.running.said("libsqlite3: background jobs are refused: ");
  // the machine fails while the disk is full, and gets more room
  await server.kill();
  spawnSync("mount", ["-o", "remount,size=64m", folder]);
  await server.restart();
  const worker = await RawPeer.connect(server.port);
  const found = (await worker.takeAll(["f"])).map(({ unique }) => unique);
  expect(found.filter((unique) => kept.includes(unique))).toEqual(kept);
});

test("a disk that has room again: jobs are taken again without a restart", async (context) => {
  const folder = folderFor();
  mountSmallDisk(context, folder);
  const server = await startServer(join(folder, "queue.db"));
  const peer = await RawPeer.connect(server.port);
  expect(await peer.submit(PACKET.SUBMIT_JOB_BG, "f", "first", "w")).toBe(true);
  const filler = join(folder, "filler");
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(filler, Buffer.alloc(bavail * bsize));
  expect(await peer.submit(PACKET.SUBMIT_JOB_BG, "f", "refused", Buffer.alloc(200_000))).toBe(false);
  rmSync(filler);
  await waitFor("a job to be taken", () => peer.submit(PACKET.SUBMIT_JOB_BG, "f", "second", "w"), LIMIT_MS);
  await server.running.said("libsqlite3: works again");
  await server.kill();
  await server.restart();
  const worker = await RawPeer.connect(server.port);
  expect((await worker.takeAll(["f"])).map(({ unique }) => unique)).toEqual(["first", "second"]);
});

test("a locked file: the submit waits for it, and nothing else does", async () => {
  const file = join(folderFor(), "queue.db");
  const server = await startServer(file);
  const peer = await RawPeer.connect(server.port);
  const other = new DatabaseSync(file);
  onTestFinished(() => other.close());
  other.exec("BEGIN IMMEDIATE");
  let isAnswered = false;
  const submitted = peer.submit(PACKET.SUBMIT_JOB_BG, "f", "u", "w").then((isTaken) => {
    isAnswered = true;
    return isTaken;
  });
  await foregroundWorks(server.port);
  await server.running.said("trying again");
  expect(isAnswered).toBe(false);
  other.exec("COMMIT");
  expect(await submitted).toBe(true);
  const echo = await peer.ask(request(PACKET.ECHO_REQ, "after it"));
  expect(echo.body.toString()).toBe("after it");
});
