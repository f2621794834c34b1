import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import type { KeepAlive } from "@mod-gearman/addon";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { quiet, run, TestWorld } from "./world.ts";

/** A world with an addon that records what is asked of it; open files cannot be more than 5000. */
function worldWithAddon() {
  const world = new TestWorld();
  const probes: KeepAlive[] = [];
  world.calls = {
    setKeepAlive: (fd, wanted) => {
      if (!Number.isInteger(fd) || fd < 3) throw new Error("not the descriptor of a socket");
      probes.push(wanted);
      return wanted;
    },
    setOpenFiles: (count) => {
      world.openFilesLimit = Math.min(count, 5000);
      return count > 5000 ? "EPERM" : undefined;
    },
  };
  return { world, probes };
}

test("keep-alive is set on each accepted connection, with the addon", async (context) => {
  const { world, probes } = worldWithAddon();
  const argv = ["--keepalive-idle=30", "--keepalive-interval=5", "--verbose=WARNING"];
  const ended = run(quiet(tmpFolder(context), ...argv), world);
  await world.isListening;
  for (let n = 0; n < 2; n++) {
    const socket = connect(world.server?.address()?.port ?? 0, "127.0.0.1");
    await once(socket, "connect");
    socket.write("version\n");
    await once(socket, "data");
    socket.destroy();
  }
  world.wish("stop");
  await ended;
  expect(probes).toEqual(Array(2).fill({ idleSeconds: 30, intervalSeconds: 5, count: -1 }));
  expect(world.logged).toBe("");
});

test("without these options nothing is done for a connection", async (context) => {
  const { world } = worldWithAddon();
  const ended = run(quiet(tmpFolder(context), "--keepalive"), world);
  await world.isListening;
  world.wish("stop");
  await ended;
  expect(world.options?.prepareSocket).toBeUndefined();
  expect(world.options?.keepAliveIdleMs).toBeUndefined();
});

test.for([
  [4000, 4000 - 32, []],
  [6000, 5000 - 32, ["gearmand: cannot raise the limit of 5000 open files to 6000"]],
] as const)("--file-descriptors=%i: %i connections", async ([wanted, connections, errors], context) => {
  const { world } = worldWithAddon();
  const ended = run(quiet(tmpFolder(context), `--file-descriptors=${wanted}`), world);
  await world.isListening;
  world.wish("stop");
  await ended;
  expect(world.options?.maxConnections).toBe(connections);
  expect(world.errors).toEqual(errors);
});

test("SIGHUP raises the limit of open files too, and says when it cannot", async (context) => {
  const { world } = worldWithAddon();
  const folder = tmpFolder(context);
  const file = `${folder}/gearmand.conf`;
  writeFileSync(file, "");
  const ended = run(quiet(folder, `--config-file=${file}`, "--verbose=WARNING"), world);
  await world.isListening;
  writeFileSync(file, "--file-descriptors=4000\n");
  world.wish("reopen");
  expect(world.openFilesLimit).toBe(4000);
  expect(world.logged).not.toContain("cannot raise");
  writeFileSync(file, "--file-descriptors=6000\n");
  world.wish("reopen");
  world.wish("stop");
  await ended;
  expect(world.openFilesLimit).toBe(5000);
  expect(world.logged).toMatch(/^WARNING .*\] cannot raise the limit of 5000 open files to 6000$/m);
});
